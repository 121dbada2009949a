import type { AnswerState } from '../protocol';
import { Button } from './button';
import { useView, useWork } from './context';
import { Said } from './said';

/** An accepted answer becomes a case of a suite, which later models and interfaces are measured by. */
export function SaveEval({ answer }: { answer: AnswerState }) {
  const { host } = useView();
  const work = useWork();
  if (answer.eval) return <p class="rasgo-quiet">Saved in {answer.eval}.</p>;
  if (!host.live) return null;
  const save = () =>
    work.start(async (host) => {
      await host.ask({ name: 'save_eval' });
    });
  return (
    <div class="rasgo-actions">
      <Button title="A case that models and interfaces are measured by" isBusy={work.busy} onClick={save}>
        {work.busy ? 'Saving …' : 'Save as eval'}
      </Button>
      <Said notice={work.notice} />
    </div>
  );
}
