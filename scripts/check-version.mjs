// Before a release: tag, package, lock file, chart and changelog must speak of one version, and the chart must point to
// the images of this repository.  node scripts/check-version.mjs v1.2.3 [owner/repository]
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const [tag = '', repository] = process.argv.slice(2);
const read = (name) => readFileSync(name, 'utf8');
const lock = JSON.parse(read('package-lock.json'));
const chart = parse(read('helm/fluentbind/Chart.yaml'));
const version = JSON.parse(read('package.json')).version;

const wrong = Object.entries({
  [`tag ${tag}`]: /^v(\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?)$/.exec(tag)?.[1],
  'version in package-lock.json': lock.version,
  'packages[""].version in package-lock.json': lock.packages[''].version,
  'version in helm/fluentbind/Chart.yaml': chart.version,
  'appVersion in helm/fluentbind/Chart.yaml': chart.appVersion,
})
  .filter(([, found]) => found !== version)
  .map(([place, found]) => `${place} is ${found}`);
if (!read('CHANGELOG.md').includes(`\n## ${version} - `))
  wrong.push(`CHANGELOG.md has no section "## ${version} - <date>"`);

if (repository !== undefined) {
  const expected = `ghcr.io/${repository.toLowerCase()}`;
  const { image } = parse(read('helm/fluentbind/values.yaml'));
  if (image.repository !== expected)
    wrong.push(`image.repository of the chart is ${image.repository}, not ${expected}`);
}

for (const line of wrong) console.error(`package.json says ${version}: ${line}`);
process.exitCode = wrong.length > 0 ? 1 : 0;
