import type { Check } from './fault.ts';

/** Certificates of public authorities are part of every image; nothing else of a node or an image is there for sure. */
export const publicAuthorities = /^\/etc\/(ssl|pki)\/(?!.*\.\.)/;

/** The path of a declared file: a file that is not there ends the agent. */
export const declaredFile: Check = (value) =>
  value.file || publicAuthorities.test(value.text)
    ? undefined
    : { reason: 'UnknownFile', message: 'The property names a file that is not declared.' };
