// What outside judges say of the portal's answers: Google's CSP evaluator and the rules of Mozilla's HTTP observatory.
//
//   python tools/scan/pages.py | node tools/scan/scan.mjs [FOLDER]
//
// FOLDER holds a node_modules; without it both are installed into .build/scan by npm, with whatever registry npm is set up
// for. Fails when one finds anything above informational, or gives less than its best grade.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PACKAGES = { csp_evaluator: '1.1.8', '@mdn/mdn-http-observatory': '1.4.8' };
const INSTALL_MILLISECONDS = 180_000; // a registry that does not answer is an error, not an evening
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = process.argv[2] ? resolve(process.argv[2]) : install();
const modules = join(folder, 'node_modules');
const require = createRequire(join(folder, 'x.js'));

function install() {
  const into = join(root, '.build/scan');
  mkdirSync(into, { recursive: true });
  const wanted = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  execFileSync('npm', ['install', '--prefix', into, ...quiet, ...wanted], { stdio: ['ignore', 2, 2], timeout: INSTALL_MILLISECONDS });
  return into;
}

for (const [name, version] of Object.entries(PACKAGES)) {
  const found = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version;
  if (found !== version) throw new Error(`${name}: ${found} is installed, ${version} is wanted`);
}

const { CspEvaluator } = require('csp_evaluator/dist/evaluator.js');
const { CspParser } = require('csp_evaluator/dist/parser.js');
const { Version } = require('csp_evaluator/dist/csp.js');
const { Severity } = require('csp_evaluator/dist/finding.js');

const observatory = join(modules, '@mdn/mdn-http-observatory');
writeFileSync(join(observatory, 'conf/hsts-preload.json'), '{}'); // browsers' own list, which its set-up would fetch
const load = (path) => import(pathToFileURL(path).href);
const { ALL_TESTS } = await load(join(observatory, 'src/constants.js'));
const { Requests } = await load(join(observatory, 'src/types.js'));
const { getGradeForScore, getScoreModifier } = await load(join(observatory, 'src/grader/grader.js'));
const { Session } = await load(join(observatory, 'src/retriever/session.js'));
const { AxiosHeaders } = await load(join(modules, 'axios/index.js'));

/** What the observatory would have seen had it asked for the page over the network, coming from http. */
function asSeen({ path, status, headers, body }) {
  const url = new URL(`https://portal.example${path}`);
  const answer = { status, headers: new AxiosHeaders(headers), data: body, verified: true, config: {}, request: { res: { responseUrl: url.href } } };
  const seen = new Requests(url.hostname);
  Object.assign(seen.responses, {
    auto: answer, https: answer, http: answer, cors: answer,
    httpRedirects: [{ url: new URL(`http://portal.example${path}`), status: 301 }, { url, status }],
    httpsRedirects: [{ url, status }],
  });
  seen.resources.path = body;
  seen.session = new Session(url);
  return seen;
}

let bad = 0;
for (const page of JSON.parse(readFileSync(0, 'utf8'))) {
  const said = [];
  for (const name of ['Content-Security-Policy', 'Content-Security-Policy-Report-Only']) {
    const policy = page.headers[name];
    if (policy === undefined && name.endsWith('Only')) continue;
    for (const finding of new CspEvaluator(new CspParser(policy ?? '').csp, Version.CSP3).evaluate()) {
      said.push(`${name}: ${Severity[finding.severity]} ${finding.directive} ${finding.description}`);
      if (finding.severity < Severity.INFO) bad += 1;
    }
  }
  let score = 100;
  for (const test of ALL_TESTS) {
    const { result, pass } = test(asSeen(page));
    score += result ? getScoreModifier(result) : 0;
    if (!pass) { said.push(`observatory: ${result}`); bad += 1; }
  }
  const { grade } = getGradeForScore(score);
  if (grade !== 'A+') bad += 1;
  console.log(`${page.status} ${page.path}: ${grade} (${score})${said.map((line) => `\n    ${line}`).join('')}`);
}
process.exitCode = bad ? 1 : 0;
