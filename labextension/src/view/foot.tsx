import type { RunState } from '../protocol';
import { INSERT_CELLS, type NewCell } from '../protocol';
import { deliver } from './cells';
import { useView, useWork, type Work } from './context';
import { Said } from './said';

interface FootProps {
  run: RunState;
  chosen: ReadonlySet<number> | null;
  setChosen: (chosen: ReadonlySet<number> | null) => void;
}

/** The totals, and what can be done with the steps of a run that has ended. */
export function Foot({ run, chosen, setChosen }: FootProps) {
  const { host } = useView();
  const promote = usePromote();
  const canPromote = host.live && run.status !== 'running' && run.steps.some((step) => step.calls.length > 0);
  if (!run.totals && !canPromote) return null;
  return (
    <footer class="rasgo-foot">
      <span class="rasgo-quiet rasgo-totals">{run.totals}</span>
      {canPromote && (
        <div class="rasgo-actions" role="group" aria-label="Promote steps to cells">
          {chosen === null ? (
            <>
              <Button
                label="Promote all"
                title="Put what the steps did into cells below"
                work={promote}
                steps={[]}
              />
              <button type="button" class="rasgo-button rasgo-plain" onClick={() => setChosen(new Set())}>
                Choose steps
              </button>
            </>
          ) : (
            <>
              <Button
                label={chosen.size === 1 ? 'Promote 1 step' : `Promote ${chosen.size} steps`}
                title="Put what the chosen steps did into cells below"
                work={promote}
                steps={[...chosen].sort((a, b) => a - b)}
                isDisabled={chosen.size === 0}
              />
              <button type="button" class="rasgo-button rasgo-plain" onClick={() => setChosen(null)}>
                Cancel
              </button>
            </>
          )}
          <Said notice={promote.notice} />
        </div>
      )}
    </footer>
  );
}

/** The button of one step. */
export function PromoteStep({ number }: { number: number }) {
  const promote = usePromote();
  return (
    <>
      <Button
        label="Promote step"
        title="Put what this step did into a cell below"
        work={promote}
        steps={[number]}
      />
      <Said notice={promote.notice} />
    </>
  );
}

interface ButtonProps {
  label: string;
  title: string;
  work: Promote;
  steps: number[];
  isDisabled?: boolean;
}

function Button({ label, title, work, steps, isDisabled = false }: ButtonProps) {
  return (
    <button
      type="button"
      class="rasgo-button"
      title={title}
      disabled={work.busy || isDisabled}
      onClick={() => work.promote(steps)}
    >
      {label}
    </button>
  );
}

type Promote = Work & { promote: (steps: number[]) => void };

/** Asks for the cells of some steps (all where empty) and hands them on. */
function usePromote(): Promote {
  const { root } = useView();
  const work = useWork();
  const promote = (steps: number[]) =>
    work.start(async (host) => {
      const { value } = await host.ask({ name: 'promote', steps });
      return deliver(root(), INSERT_CELLS, value as NewCell[]);
    });
  return { ...work, promote };
}
