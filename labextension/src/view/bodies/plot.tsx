import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { FigureState } from '../../protocol';
import { useView } from '../context';
import { inkOf, loadPlotly, ownData, presentPlotly, themed, type Plotly } from '../plotly';

const HEIGHT = 360;
const CONFIG = { displaylogo: false, responsive: false, showSendToCloud: false };

/** A Plotly figure in the page's colours, as wide as its place. Where it cannot be drawn, `instead`. */
export function Plot({
  spec,
  instead,
}: {
  spec: NonNullable<FigureState['spec']>;
  instead: ComponentChildren;
}) {
  const { host } = useView();
  const box = useRef<HTMLDivElement>(null);
  const [plotly, setPlotly] = useState<Plotly | null>(null);
  const [error, setError] = useState('');
  const loading = host.live || presentPlotly() !== null;

  useEffect(() => {
    let isWanted = true;
    const loaded = host.live ? loadPlotly(host) : presentPlotly();
    loaded?.then(
      (api) => isWanted && setPlotly(api),
      (reason: unknown) => isWanted && setError(reason instanceof Error ? reason.message : String(reason)),
    );
    return () => {
      isWanted = false;
    };
  }, [host]);

  useLayoutEffect(() => {
    const el = box.current;
    if (el === null || plotly === null) return;
    return drawn(el, plotly, spec, setError);
  }, [plotly, spec]);

  if (!loading || error) {
    return (
      <>
        {instead}
        {error && <p class="rasgo-quiet">{error}</p>}
      </>
    );
  }
  const height = typeof spec.layout.height === 'number' ? spec.layout.height : HEIGHT;
  return <div class="rasgo-plot" ref={box} style={{ minHeight: `${height}px` }} />;
}

/** Draws and keeps drawing as the place and the theme change, until the returned function is called. */
function drawn(
  el: HTMLElement,
  plotly: Plotly,
  spec: NonNullable<FigureState['spec']>,
  fail: (line: string) => void,
): () => void {
  let isWanted = true;
  const draw = () => {
    if (!isWanted) return;
    const layout = { height: HEIGHT, ...themed(spec.layout, inkOf(el)) };
    Promise.resolve(plotly.react(el, ownData(spec.data), layout, CONFIG)).catch(() => {
      if (isWanted) fail('Plotly could not draw this figure.');
    });
  };
  draw();
  const size = new ResizeObserver(() => {
    if (isWanted && el.offsetWidth > 0) void plotly.Plots.resize(el);
  });
  size.observe(el);
  // Both of a JupyterLab and a VS Code theme change show as attributes of the body, the colours a moment later.
  const theme = new MutationObserver(() => requestAnimationFrame(draw));
  theme.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-jp-theme-name'] });
  return () => {
    isWanted = false;
    size.disconnect();
    theme.disconnect();
    plotly.purge(el);
  };
}
