import type { Host } from '../host';
import type { FigureState } from '../protocol';

/** The part of Plotly that we call. */
export interface Plotly {
  react(
    el: HTMLElement,
    data: unknown[],
    layout: Record<string, unknown>,
    config: Record<string, unknown>,
  ): Promise<unknown>;
  purge(el: HTMLElement): void;
  Plots: { resize(el: HTMLElement): Promise<unknown> | void };
}

type Spec = NonNullable<FigureState['spec']>;

// Each run's widget is a module of its own; the library (4 MB) comes once for the page.
const page = globalThis as unknown as { Plotly?: Plotly; rasgoPlotly?: Promise<Plotly> };

/** Plotly as this page has it, or null: a saved run asks nobody for it. */
export function presentPlotly(): Promise<Plotly> | null {
  return page.rasgoPlotly ?? null;
}

/** Plotly, from the kernel's own package when the page does not have it; tried anew after a failure. */
export function loadPlotly(host: Host): Promise<Plotly> {
  page.rasgoPlotly ??= fetched(host).catch((error: unknown) => {
    delete page.rasgoPlotly;
    throw error;
  });
  return page.rasgoPlotly;
}

async function fetched(host: Host): Promise<Plotly> {
  const { buffer } = await host.ask({ name: 'asset', asset: 'plotly' });
  if (buffer === null)
    throw new Error('The kernel sent no plotly.js. Install plotly and run the cell again.');
  const url = URL.createObjectURL(new Blob([buffer as BlobPart], { type: 'text/javascript' }));
  try {
    await runScript(url);
  } finally {
    URL.revokeObjectURL(url);
  }
  if (page.Plotly === undefined) throw new Error('The page did not take plotly.js.');
  return page.Plotly;
}

function runScript(url: string): Promise<void> {
  const script = document.createElement('script');
  return new Promise<void>((resolve, reject) => {
    script.onload = () => resolve();
    script.onerror = () => reject(new Error('The page does not let plotly.js run.'));
    script.src = url;
    document.head.append(script);
  }).finally(() => script.remove());
}

/** The colours of the page around a figure. */
export interface Ink {
  text: string;
  line: string;
  family: string;
}

export function inkOf(el: HTMLElement): Ink {
  const style = getComputedStyle(el);
  return { text: style.color, line: style.borderTopColor, family: style.fontFamily };
}

/** The layout in the page's colours; what the figure itself sets wins. Its width is the page's. */
export function themed(layout: Spec['layout'], ink: Ink): Record<string, unknown> {
  const template = record(layout.template);
  const base = record(template.layout);
  const clear = 'rgba(0,0,0,0)';
  const axis = (name: string) => ({
    ...record(base[name]),
    gridcolor: ink.line,
    linecolor: ink.line,
    zerolinecolor: ink.line,
  });
  const colours = {
    paper_bgcolor: clear,
    plot_bgcolor: clear,
    font: { ...record(base.font), color: ink.text, family: ink.family },
    margin: base.margin ?? { t: 56, r: 16, b: 48, l: 56 },
    xaxis: axis('xaxis'),
    yaxis: axis('yaxis'),
  };
  return {
    ...layout,
    images: (Array.isArray(layout.images) ? layout.images : []).filter((image) =>
      isOwn(record(image).source),
    ),
    template: { ...template, layout: { ...base, ...colours } },
    autosize: true,
    width: undefined,
  };
}

/** The traces without what would make the browser ask other machines. */
export function ownData(data: unknown[]): unknown[] {
  return data.filter((trace) => {
    const { source, geojson } = record(trace);
    return isOwn(source) && typeof geojson !== 'string';
  });
}

const isOwn = (source: unknown): boolean => typeof source !== 'string' || source.startsWith('data:');

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
