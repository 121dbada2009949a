import { useRef } from 'preact/hooks';
import type { CallState, QuestionState } from '../protocol';
import { Button } from './button';
import { useView, useWork } from './context';
import { useFocusHandedOn } from './focus';
import { LineField } from './field';
import { Markdown } from './markdown';
import { Said } from './said';

/** A question of the model to the person. */
export function Question({ call, question }: { call: CallState; question: QuestionState }) {
  const { host } = useView();
  const work = useWork();
  const card = useRef<HTMLDivElement>(null);
  useFocusHandedOn(card);
  const answer = (text: string) =>
    work.start(async () => {
      await host.ask({ name: 'answer', call: call.id, text });
    });
  return (
    <div class="rasgo-asks" ref={card} role="alert">
      <Markdown text={question.text} />
      {question.choices.length > 0 && (
        <div class="rasgo-actions">
          {question.choices.map((choice, i) => (
            <Button key={i} isBusy={work.busy} isDisabled={!host.live} onClick={() => answer(choice)}>
              {choice}
            </Button>
          ))}
        </div>
      )}
      {host.live && (
        <LineField
          label={question.choices.length > 0 ? 'Or something else' : 'Your reply'}
          button="Reply"
          isBusy={work.busy}
          onSend={answer}
        />
      )}
      <Said notice={work.notice} />
    </div>
  );
}
