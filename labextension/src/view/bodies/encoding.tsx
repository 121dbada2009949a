import { useEffect, useState } from 'preact/hooks';
import type { EncodingState } from '../../protocol';
import { keep } from '../keys';

type Chosen = Omit<EncodingState, 'columns' | 'marks'>;

interface EncodingProps {
  encoding: EncodingState;
  isBusy: boolean;
  redraw: (encoding: Chosen) => void;
}

/** What a chart shows where: changed here without a model. */
export function Encoding({ encoding, isBusy, redraw }: EncodingProps) {
  const { columns, marks, ...chosen } = encoding;
  const change = (part: Partial<Chosen>) => redraw({ ...chosen, ...part });
  return (
    <div class="rasgo-encoding" role="group" aria-label="Change the chart">
      <Choice
        label="Mark"
        value={chosen.mark}
        choices={marks}
        isBusy={isBusy}
        onChoose={(mark) => change({ mark })}
      />
      <Choice label="x" value={chosen.x} choices={columns} isBusy={isBusy} onChoose={(x) => change({ x })} />
      <Choice
        label="y"
        value={chosen.y}
        choices={['', ...columns]}
        isBusy={isBusy}
        onChoose={(y) => change({ y })}
      />
      <Choice
        label="Colour"
        value={chosen.color}
        choices={['', ...columns]}
        isBusy={isBusy}
        onChoose={(color) => change({ color })}
      />
      <Title title={chosen.title} isBusy={isBusy} onSend={(title) => change({ title })} />
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  choices: string[];
  isBusy: boolean;
  onChoose: (value: string) => void;
}

function Choice({ label, value, choices, isBusy, onChoose }: ChoiceProps) {
  const all = choices.includes(value) ? choices : [value, ...choices];
  return (
    <label class="rasgo-labelled">
      <span class="rasgo-quiet">{label}</span>
      <select
        class="rasgo-field"
        data-lm-suppress-shortcuts="true"
        disabled={isBusy}
        value={value}
        onChange={(event) => onChoose(event.currentTarget.value)}
        onKeyDown={keep}
      >
        {all.map((choice) => (
          <option key={choice} value={choice}>
            {choice || '–'}
          </option>
        ))}
      </select>
    </label>
  );
}

function Title({
  title,
  isBusy,
  onSend,
}: {
  title: string;
  isBusy: boolean;
  onSend: (title: string) => void;
}) {
  const [text, setText] = useState(title);
  useEffect(() => setText(title), [title]);
  const onKeyDown = (event: KeyboardEvent) => {
    keep(event);
    if (event.key === 'Enter' && !event.isComposing && text !== title) onSend(text);
    if (event.key === 'Escape') setText(title);
  };
  return (
    <label class="rasgo-labelled rasgo-labelled-title">
      <span class="rasgo-quiet">Title</span>
      <input
        type="text"
        class="rasgo-field"
        data-lm-suppress-shortcuts="true"
        disabled={isBusy}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
    </label>
  );
}
