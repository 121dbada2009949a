import { useMemo } from 'preact/hooks';
import type { AnswerState } from '../protocol';
import { Body } from './bodies/body';
import { useView } from './context';
import { Guarded } from './guarded';
import { Markdown } from './markdown';
import { Verify } from './verify';

export function Answer({ answer, question }: { answer: AnswerState; question: string }) {
  return useMemo(
    () => (
      <section class="rasgo-answer" aria-label="Answer">
        <Markdown text={answer.text} />
        {answer.bodies.map((body, i) => (
          <Guarded key={i}>
            <Body body={body} />
          </Guarded>
        ))}
        {answer.assumptions.length > 0 && (
          <div class="rasgo-assumptions">
            <p class="rasgo-quiet">Assumptions</p>
            <ul>
              {answer.assumptions.map((assumption, i) => (
                <li key={i}>{assumption}</li>
              ))}
            </ul>
          </div>
        )}
        {answer.steps.length > 0 && <RestsOn steps={answer.steps} />}
        <Verify answer={answer} question={question} />
      </section>
    ),
    [answer, question],
  );
}

function RestsOn({ steps }: { steps: number[] }) {
  const { showStep } = useView();
  return (
    <p class="rasgo-quiet">
      {steps.length === 1 ? 'Rests on step ' : 'Rests on steps '}
      {steps.map((step, i) => (
        <>
          {i > 0 && ', '}
          <button
            type="button"
            class="rasgo-link"
            aria-label={`Show step ${step}`}
            onClick={() => showStep(step)}
          >
            {step}
          </button>
        </>
      ))}
    </p>
  );
}
