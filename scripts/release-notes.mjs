// Notes of a release: its section of the changelog, and where its parts are.
// node scripts/release-notes.mjs 1.2.3 owner/repository [title=reference …]
import { readFileSync } from 'node:fs';

const [version = '', repository = '', ...references] = process.argv.slice(2);
const changelog = readFileSync('CHANGELOG.md', 'utf8');
const section = changelog.split(/^## /m).find((part) => part.startsWith(`${version} - `));
if (section === undefined) throw new Error(`CHANGELOG.md has no section "## ${version} - <date>"`);

const registry = `ghcr.io/${repository.toLowerCase()}`;
const owner = registry.split('/').slice(0, 2).join('/');
const rows = references.map((reference) => {
  const [title, ...rest] = reference.split('=');
  return `| ${title} | \`${rest.join('=')}\` |`;
});
console.log(`${section.split('\n').slice(1).join('\n').trim()}

## Install

\`\`\`sh
helm upgrade --install fluentbind oci://${owner}/charts/fluentbind --version ${version} \\
  --namespace fluentbind --create-namespace
\`\`\`

The images are tagged \`${version}\`, which stays, and \`${version.split('.').slice(0, 2).join('.')}\`, which moves on with every patch (not for a preview). There
is no \`latest\`. Each is for amd64 and arm64 and has provenance and SBOM; the base images are listed as they were built on.

| what | where |
| --- | --- |
${rows.join('\n')}`);
