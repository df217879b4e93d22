import { existsSync, readdirSync, readFileSync } from 'node:fs';
import ejs from 'ejs';
import { packageFile } from '../runtime/package-file.ts';

const indent = ' '.repeat(10);

/**
 * The bundled templates, rendered from their sources; Lua that several of them share stands in templates/lua,
 * with the comments.
 */
export function renderTemplates(): Record<string, string> {
  const folder = packageFile('templates');
  const names = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/template.yaml.ejs`));
  return Object.fromEntries(
    names.map((name) => [
      `templates/${name}/template.yaml`,
      renderTemplate(readFileSync(`${folder}/${name}/template.yaml.ejs`, 'utf8'), folder),
    ]),
  );
}

function renderTemplate(source: string, folder: string): string {
  const lua = (...parts: string[]) =>
    parts
      .map((part) => readFileSync(`${folder}/${part.includes('/') ? part : `lua/${part}`}.lua`, 'utf8').trimEnd())
      .join('\n\n')
      .split('\n')
      // Each pipeline carries the code: what explains it stays in its source.
      .filter((line) => !/^\s*(--|$)/.test(line))
      .map((line) => indent + line)
      .join('\n');
  // The texts are ours and end up in YAML, not in HTML: nothing is to be escaped.
  return ejs.render(source, { lua }, { escape: (text: string) => text });
}
