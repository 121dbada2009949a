import { CommandNames } from './askCommands';
import type { LabState } from './linkMessages';
import type { PanelAsk } from './panelAsk';
import { Catalog } from './panelCatalog';
import { Memory } from './panelMemory';
import { Line, NotLoaded, Part } from './panelParts';
import type { ListedRun } from './panelRuns';

interface Props {
  hasNotebook: boolean;
  state: LabState | null;
  runs: ListedRun[];
  show: (cell: number) => void;
  execute: (command: string) => void;
  ask: PanelAsk;
}

const STATUS = { running: 'running', answered: 'answered', failed: 'failed', stopped: 'stopped' } as const;

/** What the side panel shows; each empty part says what to type. */
export function PanelView({ hasNotebook, state, runs, show, execute, ask }: Props) {
  if (!hasNotebook) return <p class="rasgo-lab-empty">Open a notebook to see its runs here.</p>;
  return (
    <>
      <Bar isRunning={!!state?.running} execute={execute} />
      <Part title="Runs">
        {runs.length === 0 && (
          <p class="rasgo-lab-empty">
            No question yet. Type <code>%%ask</code> in a cell, and the question below it.
          </p>
        )}
        <ol class="rasgo-lab-runs">
          {runs.map((run) => (
            <Run key={run.id} run={run} show={show} />
          ))}
        </ol>
      </Part>
      <Part title="Connections">
        <Connections state={state} />
      </Part>
      <Part title="Catalog">
        {state === null ? <NotLoaded /> : <Catalog connections={state.connections} ask={ask} />}
      </Part>
      <Part title="Model">
        <Model state={state} />
      </Part>
      <Part title="Memory">
        {state === null ? <NotLoaded /> : <Memory ask={ask} runs={`${state.runs.length} ${state.running}`} />}
      </Part>
    </>
  );
}

function Bar({ isRunning, execute }: { isRunning: boolean; execute: Props['execute'] }) {
  return (
    <div class="rasgo-lab-bar">
      <button type="button" class="rasgo-lab-button" onClick={() => execute(CommandNames.ask)}>
        Ask
      </button>
      {isRunning && (
        <button
          type="button"
          class="rasgo-lab-button rasgo-lab-stop"
          onClick={() => execute(CommandNames.stop)}
        >
          Stop
        </button>
      )}
    </div>
  );
}

function Run({ run, show }: { run: ListedRun; show: Props['show'] }) {
  return (
    <li>
      <button
        type="button"
        class="rasgo-lab-listed"
        disabled={run.cell < 0}
        title={run.cell < 0 ? 'Its cell is no longer in this notebook.' : run.question}
        onClick={() => show(run.cell)}
      >
        <span class="rasgo-lab-question">{run.question}</span>
        <span class="rasgo-lab-facts">
          <span class={`rasgo-lab-status rasgo-lab-is-${run.status}`}>{STATUS[run.status]}</span> ·{' '}
          {run.facts}
        </span>
      </button>
    </li>
  );
}

function Connections({ state }: { state: LabState | null }) {
  if (state === null) return <NotLoaded />;
  if (state.connections.length === 0) {
    return (
      <p class="rasgo-lab-empty">
        None is open. Type <code>%rasgo connect sample</code>, or the path of a file or folder.
      </p>
    );
  }
  return (
    <ul class="rasgo-lab-connections">
      {state.connections.map((one) => (
        <li key={one.name} aria-current={one.current || undefined}>
          <span class="rasgo-lab-name">{one.name}</span>
          <span class="rasgo-lab-facts">
            {[
              one.current ? 'current' : '',
              one.dialect,
              one.read_only ? 'read-only' : 'writable',
              one.tables === null
                ? ''
                : `${one.tables.toLocaleString('en')} ${one.tables === 1 ? 'table' : 'tables'}`,
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Model({ state }: { state: LabState | null }) {
  if (state === null) return <NotLoaded />;
  const { name, note } = state.model;
  return (
    <>
      {name && <div class="rasgo-lab-name">{name}</div>}
      {note && (
        <div class="rasgo-lab-facts">
          <Line text={note} />
        </div>
      )}
      {!note && (
        <p class="rasgo-lab-empty">
          <code>%rasgo model</code> tells which others there are.
        </p>
      )}
    </>
  );
}
