// Rebuilds everything under assets/vendor/, and the fonts of invoices, from the packages pinned in manifest.json. For
// maintainers: the results are committed, so running the product needs no node.
//
//   node tools/vendor/build.mjs [--packages FOLDER] [--check]
//
// FOLDER holds a node_modules; without it the pinned packages are installed into .build/vendor by npm, with whatever
// registry npm is set up for. Every result's sha384 stands in the manifest: --check rebuilds nothing on disk and fails when
// a result differs from it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

import { buildDash, compiledOf } from './dash.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const target = join(root, 'assets/vendor');
const manifestPath = join(here, 'manifest.json');
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
const args = process.argv.slice(2);
const check = args.includes('--check');
const packages = args.includes('--packages') ? resolve(args[args.indexOf('--packages') + 1]) : install();
const modules = join(packages, 'node_modules');

function install() {
  const folder = join(root, '.build/vendor');
  mkdirSync(folder, { recursive: true });
  const wanted = Object.entries(manifest.packages).map(([name, { version }]) => `${name}@${version}`);
  execFileSync('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts=false', ...wanted], { stdio: 'inherit' });
  return folder;
}

for (const [name, { version }] of Object.entries(manifest.packages)) {
  const found = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version;
  if (found !== version) throw new Error(`${name}: ${found} is installed, the manifest wants ${version}`);
}

const built = new Map();
const put = (path, data) => built.set(path, Buffer.from(data));
const take = (name, path) => readFileSync(join(modules, name, path));

// Bootstrap: its own minified stylesheets, without the pointers to source maps that are not shipped, and without the classes
// nobody uses here: what stays is said in the manifest, what went in not_shipped.txt (a test looks for uses of it).
const { PurgeCSS } = createRequire(join(packages, 'x.js'))('purgecss');
const stays = manifest.bootstrapClasses.map((pattern) => new RegExp(`^(?:${pattern})$`));
const classesOf = (css) => new Set([...css.matchAll(/\.(-?[a-z][\w-]*)/gi)].map(([, name]) => name));
// Rules by attribute stay whole.
const attributes = 'hidden type button reset submit search file range number checkbox radio color date time month week datetime-local list href role title data-bs-theme dark light multiple size readonly disabled dir rtl ltr tabindex';
const gone = new Set();
async function lean(path) {
  const whole = take('bootstrap', path).toString().replace(/\/\*# sourceMappingURL=.*?\*\//g, '').trimEnd();
  const [{ css }] = await new PurgeCSS().purge({ content: [{ raw: attributes, extension: 'txt' }], css: [{ raw: whole }], safelist: { standard: stays, deep: [/^:/] }, variables: false, dynamicAttributes: ['data-bs-theme'] });
  for (const name of classesOf(whole)) if (!stays.some((pattern) => pattern.test(name))) gone.add(name);
  return css + '\n';
}
put('bootstrap/bootstrap.min.css', await lean('dist/css/bootstrap.min.css'));
put('bootstrap/bootstrap.rtl.min.css', await lean('dist/css/bootstrap.rtl.min.css'));

// Vazirmatn, cut to what pages use. PYTHON names one that has the packages of font-requirements.txt.
const cut = join(packages, 'vazirmatn.woff2');
execFileSync(process.env.PYTHON ?? 'python3', [join(here, 'font.py'), join(modules, 'vazirmatn/fonts/webfonts/Vazirmatn[wght].woff2'), cut], { stdio: 'inherit' });
put('vazirmatn/vazirmatn.woff2', readFileSync(cut));

// What no browser asks for, by its place in the repository: whole fonts for the invoices that the gateway lays out.
const elsewhere = new Map(['Regular', 'Bold'].map((weight) => [`gateway/typesetting/fonts/Vazirmatn-${weight}.ttf`, take('vazirmatn', `fonts/ttf/Vazirmatn-${weight}.ttf`)]));
elsewhere.set('gateway/typesetting/fonts/LICENSE', take('vazirmatn', manifest.packages.vazirmatn.licence));

// Icons: masks in the text's colour; no icon font, no request, and React needs no SVG component for it. All are one picture, one
// below the other with as much room between: a browser makes a document of its own of each picture.
const flat = (svg) => svg.replace(/<svg[^>]*>|<\/svg>/g, '').trim().replace(/\s*\n\s*/g, '').replace(/"/g, "'").replace(/#/g, '%23').replace(/</g, '%3C').replace(/>/g, '%3E');
const pictures = manifest.icons.map((name) => flat(take('bootstrap-icons', `icons/${name}.svg`).toString()));
const placed = pictures.map((picture, at) => `%3Cg transform='translate(0 ${32 * at})'%3E${picture}%3C/g%3E`).join('');
const sheet = `url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 ${32 * pictures.length}'%3E${placed}%3C/svg%3E")`;
put('icons/icons.css', [
  // The prefixed name is the one that every browser knows, and the picture is to be there once.
  `.icon{display:inline-block;inline-size:1em;block-size:1em;vertical-align:-.125em;flex-shrink:0;background-color:currentcolor;-webkit-mask:${sheet} 0 calc(var(--icon)*100%/${pictures.length - .5})/100% ${200 * pictures.length}% no-repeat}`,
  '@media (forced-colors:active){.icon{forced-color-adjust:none;background-color:CanvasText}}',
  '[dir=rtl] .icon-flip{transform:scaleX(-1)}',
  ...manifest.icons.map((name, at) => `.icon-${name}{--icon:${at}}`),
].join('\n') + '\n');

// plotly.js. Its attribute files carry the reference manual in `description` fields: documentation, not behaviour.
const esbuild = createRequire(join(packages, 'x.js'))('esbuild');
const withoutManual = (js) => js
  .replace(/^\s*description: \[[\s\S]*?\]\s*\.join\([^)]*\),?[ \t]*$/gm, '')
  .replace(/^\s*description:\s*(?:'(?:[^'\\]|\\.)*'\s*\+?\s*)+,?[ \t]*$/gm, '');
const outside = /https:\/\/(?:cloud\.plotly\.com|cdn\.plot\.ly|plotly\.com|github\.com\/d3)[^'"\s)]*/g;
const own = {
  name: 'own-plotly',
  setup(build) {
    build.onResolve({ filter: /^culori$/ }, () => ({ path: join(here, 'color.js') }));
    build.onResolve({ filter: /^culori-source$/ }, () => ({ path: join(modules, 'culori/src/index-fn.js'), sideEffects: false }));
    build.onLoad({ filter: /plotly\.js\/src\/.*\.js$/ }, ({ path }) => ({
      contents: withoutManual(readFileSync(path, 'utf8')).replace(outside, ''),
    }));
  },
};
const result = await esbuild.build({
  entryPoints: [join(here, 'plotly-entry.js')],
  bundle: true, minify: true, write: false, loader: { '.css': 'empty' }, format: 'iife', globalName: 'Plotly', target: 'es2020',
  legalComments: 'none', define: { global: 'window' }, nodePaths: [modules], plugins: [own], logLevel: 'error',
  banner: { js: `/* plotly.js ${manifest.packages['plotly.js'].version}: bar, scatter, heatmap. MIT licence, see LICENSE beside this file. */` },
});
put('plotly/plotly.min.js', result.outputFiles[0].text);

for (const [name, data] of Object.entries(await buildDash(modules, manifest.components))) put(`dash/${name}`, data);

// What all asynchronous components of Dash have in common was compiled for browsers without generators and calls this runtime.
const runtime = await esbuild.transform(take('regenerator-runtime', 'runtime.js').toString(), { minify: true, legalComments: 'none' });
put('regenerator-runtime/runtime.min.js', `/* regenerator-runtime ${manifest.packages['regenerator-runtime'].version}, MIT licence, see LICENSE beside this file. */\n${runtime.code}`);

for (const [name, { licence }] of Object.entries(manifest.packages)) {
  if (licence) put(`${{ 'plotly.js': 'plotly', 'bootstrap-icons': 'icons' }[name] ?? name}/LICENSE`, take(name, licence));
}

// Compressed once, here, so that no start-up pays for it.
for (const [path, data] of [...built]) {
  if (path !== 'plotly/plotly.min.js') continue; // everything else is joined at start-up, and compressed then
  put(`${path}.br`, brotliCompressSync(data, { params: {
    [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
  } }));
}

const digestsOf = (files) => Object.fromEntries([...files].map(([path, data]) => [path, createHash('sha384').update(data).digest('base64')]).sort());
const digests = digestsOf(built);
const digestsElsewhere = digestsOf(elsewhere);
// Not shipped: what the sources of Dash's components were compiled to. A test compares it with what Python has.
const compiled = digestsOf(compiledOf(modules));
if (check) {
  const made = { ...digests, ...digestsElsewhere, ...compiled };
  const wanted = { ...manifest.files, ...manifest.elsewhere, ...manifest.compiled };
  const differing = Object.keys({ ...made, ...wanted }).filter((path) => made[path] !== wanted[path]);
  if (differing.length) throw new Error(`not what the manifest says: ${differing.join(', ')}`);
} else {
  if (existsSync(target)) rmSync(target, { recursive: true });
  for (const [path, data] of built) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), data);
  }
  for (const [path, data] of elsewhere) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), data);
  }
  writeFileSync(join(here, 'not_shipped.txt'), [...gone].sort().join('\n') + '\n');
  manifest.files = digests;
  manifest.elsewhere = digestsElsewhere;
  manifest.compiled = compiled;
  const text = JSON.stringify(manifest, null, 2).replace(/\[\n\s+("[^\]]*")\n\s+\]/g, (_, inner) => `[${inner.replace(/\n\s+/g, ' ')}]`);
  writeFileSync(manifestPath, text + '\n');
}
for (const [path, data] of [...built, ...elsewhere]) console.log(`${String(data.length).padStart(8)}  ${path}`);
