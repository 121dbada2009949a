import type { RunState } from '../protocol';
import { INSERT_CELLS, type NewCell } from '../protocol';
import { Button } from './button';
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
  const promote = usePromote(() => setChosen(null));
  const canPromote = host.live && run.status !== 'running' && run.steps.some((step) => step.calls.length > 0);
  if (!run.totals && !canPromote) return null;
  return (
    <footer class="rasgo-foot">
      <span class="rasgo-quiet rasgo-totals">{run.totals}</span>
      {canPromote && (
        <div class="rasgo-actions" role="group" aria-label="Promote steps to cells">
          {chosen === null ? (
            <>
              <PromoteButton
                label="Promote all"
                title="Put what the steps did into cells below"
                work={promote}
                steps={[]}
              />
              <Button look="plain" onClick={() => setChosen(new Set())}>
                Choose steps
              </Button>
            </>
          ) : (
            <>
              <PromoteButton
                label={chosen.size === 1 ? 'Promote 1 step' : `Promote ${chosen.size} steps`}
                title="Put what the chosen steps did into cells below"
                work={promote}
                steps={[...chosen].sort((a, b) => a - b)}
                isDisabled={chosen.size === 0}
              />
              <Button look="plain" onClick={() => setChosen(null)}>
                Cancel
              </Button>
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
      <PromoteButton
        label="Promote step"
        title="Put what this step did into a cell below"
        work={promote}
        steps={[number]}
      />
      <Said notice={promote.notice} />
    </>
  );
}

interface PromoteButtonProps {
  label: string;
  title: string;
  work: Promote;
  steps: number[];
  isDisabled?: boolean;
}

function PromoteButton({ label, title, work, steps, isDisabled }: PromoteButtonProps) {
  return (
    <Button title={title} isBusy={work.busy} isDisabled={isDisabled} onClick={() => work.promote(steps)}>
      {label}
    </Button>
  );
}

type Promote = Work & { promote: (steps: number[]) => void };

/** Asks for the cells of some steps (all where empty) and hands them on; `delivered` once they are. */
function usePromote(delivered?: () => void): Promote {
  const { root } = useView();
  const work = useWork();
  const promote = (steps: number[]) =>
    work.start(async (host) => {
      const { value } = await host.ask({ name: 'promote', steps });
      const notice = await deliver(root(), INSERT_CELLS, value as NewCell[]);
      if (!notice.isError) delivered?.();
      return notice;
    });
  return { ...work, promote };
}
