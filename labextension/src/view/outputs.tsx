import type { OutputState } from '../protocol';
import { Figure } from './bodies/figure';
import { Rows } from './bodies/rows';
import { withoutColours } from './text';

/** What a running call printed and displayed, in order. */
export function Outputs({ outputs }: { outputs: OutputState[] }) {
  if (outputs.length === 0) return null;
  return (
    <div class="rasgo-outputs">
      {outputs.map((output, i) => (
        <OutputView key={i} output={output} />
      ))}
    </div>
  );
}

function OutputView({ output }: { output: OutputState }) {
  switch (output.kind) {
    case 'stream':
      return <Printed text={output.text} isError={output.name === 'stderr'} />;
    case 'text':
      return <Printed text={output.text} isError={false} />;
    case 'error':
      return <Printed text={output.traceback || `${output.ename}: ${output.evalue}`} isError />;
    case 'image':
      return <img class="rasgo-image" alt="A picture that the step shows" src={imageUrl(output)} />;
    case 'figure':
      return <Figure figure={output.figure} />;
    case 'rows':
      return <Rows rows={output.rows} />;
  }
}

const imageUrl = ({ mime, base64 }: { mime: string; base64: string }): string =>
  `data:${mime};base64,${base64}`;

function Printed({ text, isError }: { text: string; isError: boolean }) {
  return (
    <pre class={isError ? 'rasgo-printed rasgo-error' : 'rasgo-printed'} tabIndex={0}>
      {withoutColours(text)}
    </pre>
  );
}
