import { useState } from 'preact/hooks';
import type { EncodingState, FigureState } from '../../protocol';
import { Button } from '../button';
import { useView, useWork } from '../context';
import { Said } from '../said';
import { Encoding } from './encoding';
import { Plot } from './plot';

/** A figure; what the person made of it stays until the run itself changes it. */
export function Figure({ figure }: { figure: FigureState }) {
  const { host } = useView();
  const [changed, setChanged] = useState<{ of: FigureState; to: FigureState } | null>(null);
  const work = useWork();
  const shown = changed?.of === figure ? changed.to : figure;
  const take = (value: unknown) => setChanged({ of: figure, to: value as FigureState });
  const fetchWhole = () =>
    work.start(async () => take((await host.ask({ name: 'figure', figure: figure.id })).value));
  const redraw = (encoding: Omit<EncodingState, 'columns' | 'marks'>) =>
    work.start(async () => take((await host.ask({ name: 'chart', figure: shown.id, encoding })).value));
  return (
    <figure class="rasgo-figure">
      {shown.spec ? (
        <Plot spec={shown.spec} instead={<Picture figure={shown} />} />
      ) : (
        <Picture figure={shown} />
      )}
      {(shown.name || shown.note) && (
        <figcaption class="rasgo-quiet">
          {shown.name && <span class="rasgo-fact rasgo-name">{shown.name}</span>}
          {shown.note && <span class="rasgo-fact">{shown.note}</span>}
        </figcaption>
      )}
      {shown.spec === null && host.live && (
        <div class="rasgo-actions">
          <Button isBusy={work.busy} onClick={fetchWhole}>
            {work.busy ? 'Fetching …' : 'Show the whole figure'}
          </Button>
        </div>
      )}
      {shown.encoding && host.live && (
        <Encoding encoding={shown.encoding} isBusy={work.busy} redraw={redraw} />
      )}
      <Said notice={work.notice} />
    </figure>
  );
}

function Picture({ figure }: { figure: FigureState }) {
  if (!figure.image) {
    return figure.spec === null ? null : (
      <p class="rasgo-quiet rasgo-absent">The figure is drawn when its cell has run in this notebook.</p>
    );
  }
  return (
    <img class="rasgo-image" alt={figure.name || 'Figure'} src={`data:image/png;base64,${figure.image}`} />
  );
}
