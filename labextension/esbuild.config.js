// node esbuild.config.js widget|lab [--watch]
import { existsSync, writeFileSync } from 'node:fs';
import { build, context } from 'esbuild';

const common = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
  legalComments: 'eof',
};

const products = {
  // What anywidget loads: everything inside, no other request is ever made.
  widget: {
    ...common,
    entryPoints: ['src/widget.ts'],
    outfile: '../rasgo_nb/widgets/assets/run.js',
    minify: true,
  },
  // What @jupyter/builder packs: JupyterLab brings its own packages.
  lab: {
    ...common,
    entryPoints: ['src/index.ts'],
    outfile: 'lib/index.js',
    external: ['@jupyterlab/*', '@lumino/*'],
  },
};

const [name, watch] = process.argv.slice(2);
const product = products[name];
await build(product);
const css = product.outfile.replace(/js$/, 'css');
if (!existsSync(css)) writeFileSync(css, ''); // both hosts read a style sheet, also where no source has one
if (watch) await (await context(product)).watch();
