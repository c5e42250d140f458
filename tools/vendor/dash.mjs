// The components of Dash, Dash's HTML elements and dash-bootstrap-components that pages use (manifest.json says which), from
// the sources of exactly the packages that Python has: their own bundles hold six times as many, and what those need.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';

// dcc and html are published compiled; the sources they were compiled from stand in their maps.
const MAPS = {
  'dash-core-components': ['dash_core_components/dash_core_components.js.map', 'dash_core_components/dash_core_components-shared.js.map', 'dash_core_components/async-graph.js.map'],
  'dash-html-components': ['dash_html_components/dash_html_components.min.js.map'],
};
const PACKAGES = { dash_bootstrap_components: 'dash-bootstrap-components', dash_core_components: 'dash-core-components', dash_html_components: 'dash-html-components' };
// What these sources were compiled to, by its place in Python's packages: equal there, the sources are those of what Python has.
const COMPILED = {
  'dash_bootstrap_components/_components/dash_bootstrap_components.min.js': 'dash-bootstrap-components/dist/dash_bootstrap_components.min.js',
  'dash/dcc/dash_core_components.js': 'dash-core-components/dash_core_components/dash_core_components.js',
  'dash/dcc/dash_core_components-shared.js': 'dash-core-components/dash_core_components/dash_core_components-shared.js',
  'dash/dcc/async-graph.js': 'dash-core-components/dash_core_components/async-graph.js',
  'dash/html/dash_html_components.min.js': 'dash-html-components/dash_html_components/dash_html_components.min.js',
};
const WHEN_COMPILED = /v\d+_\d+_\d+m\d+/g;
const ENDINGS = ['', '.js', '.react.js', '.ts', '.tsx', '/index.js'];

// React is the page's own. The JSX runtime that packages bring along may be another React's, so theirs is written with ours.
const GLOBALS = {
  react: 'module.exports = window.React',
  'react-dom': 'module.exports = window.ReactDOM',
  'prop-types': 'module.exports = window.PropTypes',
  'react/jsx-runtime': `const { createElement, Fragment } = window.React;
    exports.Fragment = Fragment;
    exports.jsx = exports.jsxs = (type, props, key) => createElement(type, key === undefined ? props : { ...props, key });`,
};

// Types of properties are checked by Dash's development tools alone, which are never on here.
function withoutPropTypes(source, path) {
  const text = source
    .replace(/^(\w+)\.propTypes = \{$[\s\S]*?^\};$/gm, '')
    .replace(/^(\w+)\.propTypes = \w+(\.propTypes)?;$/gm, '')
    .replace(/^export const (graphPropTypes = PlotlyGraph\.propTypes|privatePropTypes = \{$[\s\S]*?^\});$/gm, (_, found) => `export const ${found.split(' ')[0]} = {};`);
  if (/\bPropTypes\./.test(text) || /\.propTypes\b/.test(text)) throw new Error(`${path}: what remains of its propTypes is not understood`);
  return text;
}

// {name of a package: {path of a source: text}}
function sourcesOf(modules) {
  return Object.fromEntries(Object.entries(MAPS).map(([name, maps]) => {
    const sources = {};
    for (const map of maps) {
      const { sources: paths, sourcesContent } = JSON.parse(readFileSync(join(modules, name, map), 'utf8'));
      paths.forEach((path, at) => {
        const own = /\/\.\/(src\/[^?]+)/.exec(path);
        if (own && !path.includes('node_modules')) sources[own[1]] = sourcesContent[at];
      });
    }
    return [name, sources];
  }));
}

function plugin(modules) {
  const sources = sourcesOf(modules);
  const find = (name, path) => {
    const ending = ENDINGS.find((one) => sources[name][path + one] !== undefined);
    if (ending === undefined) throw new Error(`${name} has no source ${path}`);
    return path + ending;
  };
  return {
    name: 'dash-components',
    setup(build) {
      build.onResolve({ filter: /^(react|react-dom|prop-types|react\/jsx-runtime)$/ }, ({ path }) => ({ path, namespace: 'globals' }));
      build.onLoad({ filter: /.*/, namespace: 'globals' }, ({ path }) => ({ contents: GLOBALS[path] }));
      // Mathematics in charts are not used, and their library is two megabytes.
      build.onResolve({ filter: /^\.\.\/mathjax$/, namespace: 'dash-core-components' }, ({ path }) => ({ path, namespace: 'left-out' }));
      build.onLoad({ filter: /mathjax$/, namespace: 'left-out' }, () => ({ contents: 'throw new Error("mathematics are not shipped")' }));
      // Nothing but types of properties.
      build.onResolve({ filter: /\/private\/types$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
      build.onLoad({ filter: /types$/, namespace: 'left-out' }, () => ({ contents: 'export {}' }));
      for (const name of Object.keys(MAPS)) {
        build.onResolve({ filter: new RegExp(`^${name}/src/`) }, ({ path }) => ({ path: find(name, path.slice(name.length + 1)), namespace: name }));
        build.onResolve({ filter: /^\./, namespace: name }, ({ path, importer }) => ({ path: find(name, posix.join(posix.dirname(importer), path)), namespace: name }));
        build.onLoad({ filter: /.*/, namespace: name }, ({ path }) => ({
          contents: withoutPropTypes(sources[name][path], path), loader: /\.tsx?$/.test(path) ? 'tsx' : 'jsx', resolveDir: join(modules, name),
        }));
      }
      build.onLoad({ filter: /dash-bootstrap-components\/src\/.*\.js$/ }, ({ path }) => ({ contents: withoutPropTypes(readFileSync(path, 'utf8'), path), loader: 'jsx' }));
    },
  };
}

// Where dbc keeps a component: its folders are by kind.
function placeInBootstrap(modules, component) {
  const folder = join(modules, PACKAGES.dash_bootstrap_components, 'src/components');
  const kind = readdirSync(folder).find((one) => existsSync(join(folder, one, `${component}.js`)));
  if (kind === undefined) throw new Error(`dash-bootstrap-components has no ${component}`);
  return `components/${kind}/${component}.js`;
}

function entryOf(modules, components) {
  const lines = Object.entries(components).flatMap(([namespace, names]) => {
    const place = (name) => namespace === 'dash_bootstrap_components' ? placeInBootstrap(modules, name) : `components/${name}`;
    return [
      ...names.map((name) => `import ${namespace}_${name} from '${PACKAGES[namespace]}/src/${place(name)}';`),
      `window.${namespace} = { ${names.map((name) => `${name}: ${namespace}_${name}`).join(', ')} };`,
    ];
  });
  return lines.join('\n');
}

// The licences of all packages that something was taken from, each once.
function licences(modules, inputs) {
  const taken = new Set(Object.keys(MAPS));
  for (const input of inputs) {
    const found = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) taken.add(found[1]);
  }
  const texts = [...taken].sort().map((name) => {
    const folder = join(modules, name);
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    if (!file) throw new Error(`${name} has no licence`);
    return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return texts.join('\n----------------------------------------------------------------\n\n');
}

// {components.min.js, LICENSE}
export async function buildDash(modules, components) {
  const esbuild = createRequire(join(dirname(modules), 'x.js'))('esbuild');
  const { outputFiles, metafile } = await esbuild.build({
    stdin: { contents: entryOf(modules, components), resolveDir: modules, sourcefile: 'entry.js' },
    bundle: true, minify: true, write: false, metafile: true, format: 'iife', target: 'es2020', legalComments: 'none', logLevel: 'error',
    nodePaths: [modules], absWorkingDir: dirname(modules), plugins: [plugin(modules)], define: { 'process.env.NODE_ENV': '"production"' },
    banner: { js: '/* Of Dash, dash-bootstrap-components and what they are made with: what pages use. Licences beside this file. */' },
  });
  const used = Object.entries(Object.values(metafile.outputs)[0].inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([input]) => input);
  return { 'components.min.js': outputFiles[0].text, LICENSE: licences(modules, used) };
}

// Path in Python's packages → Buffer, without the moment of compilation that dcc holds.
export function compiledOf(modules) {
  return new Map(Object.entries(COMPILED).map(([path, published]) => [path, Buffer.from(readFileSync(join(modules, published), 'utf8').replace(WHEN_COMPILED, ''))]));
}
