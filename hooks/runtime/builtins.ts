/*
 * Modules of Node that are not imported: an import reads each of their exports, and since Node 22 some of these load what
 * nobody here uses, all of fetch, HTTP/2 and web streams among it. It took a tenth of the sidecar's memory, on each node.
 */

export const { Agent, createServer, request } = process.getBuiltinModule('node:http');
export const { parseArgs, promisify } = process.getBuiltinModule('node:util');
