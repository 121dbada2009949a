import type { CallState, QuestionState } from '../protocol';
import { useView, useWork } from './context';
import { LineField } from './field';
import { Markdown } from './markdown';
import { Said } from './said';

/** A question of the model to the person. */
export function Question({ call, question }: { call: CallState; question: QuestionState }) {
  const { host } = useView();
  const work = useWork();
  const answer = (text: string) =>
    work.start(async () => {
      await host.ask({ name: 'answer', call: call.id, text });
    });
  return (
    <div class="rasgo-asks" role="alert">
      <Markdown text={question.text} />
      {question.choices.length > 0 && (
        <div class="rasgo-actions">
          {question.choices.map((choice, i) => (
            <button
              key={i}
              type="button"
              class="rasgo-button"
              disabled={!host.live || work.busy}
              onClick={() => answer(choice)}
            >
              {choice}
            </button>
          ))}
        </div>
      )}
      {host.live && (
        <LineField
          label={question.choices.length > 0 ? 'Or something else' : 'Your reply'}
          button="Reply"
          isDisabled={work.busy}
          onSend={answer}
        />
      )}
      <Said notice={work.notice} />
    </div>
  );
}
