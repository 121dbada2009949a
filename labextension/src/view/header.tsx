import type { RunState } from '../protocol';
import { Button } from './button';
import { useView, useWork } from './context';
import { RecalledLine } from './recalled';
import { Said } from './said';

export function Header({ run }: { run: RunState }) {
  const facts = [run.model, run.connection, run.note].filter(Boolean);
  return (
    <header class="rasgo-header">
      <div class="rasgo-header-text">
        <p class="rasgo-question">{run.question}</p>
        <p class="rasgo-quiet">
          {facts.map((fact, i) => (
            <span key={i} class="rasgo-fact">
              {fact}
            </span>
          ))}
        </p>
        {(run.notes ?? []).map((note, i) => (
          <p key={i} class="rasgo-quiet rasgo-noted">
            {note}
          </p>
        ))}
        {/* A run that was saved before there were memories has none. */}
        <RecalledLine recalled={run.recalled ?? []} />
      </div>
      {run.status === 'running' && <Stop />}
    </header>
  );
}

function Stop() {
  const { host } = useView();
  const stop = useWork();
  if (!host.live) return null;
  return (
    <div class="rasgo-stop">
      <Button
        isBusy={stop.busy}
        onClick={() =>
          stop.start(async () => {
            await host.ask({ name: 'stop' });
          })
        }
      >
        {stop.busy ? 'Stopping …' : 'Stop'}
      </Button>
      <Said notice={stop.notice} />
    </div>
  );
}
