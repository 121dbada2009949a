import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { keep } from './keys';

interface LineFieldProps {
  label: string;
  button: string;
  isDisabled: boolean;
  canBeEmpty?: boolean;
  /** Whether the field takes the focus when it appears: only where a click brought it. */
  onSend: (text: string) => void;
  onCancel?: () => void;
}

/** One line of text: Enter sends it, Escape takes it back. Takes the focus where it can be cancelled, as a click brought it. */
export function LineField({
  label,
  button,
  isDisabled,
  canBeEmpty = false,
  onSend,
  onCancel,
}: LineFieldProps) {
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (onCancel !== undefined) field.current?.focus({ preventScroll: true });
  }, []);
  const canSend = !isDisabled && (canBeEmpty || text.trim() !== '');
  const onKeyDown = (event: KeyboardEvent) => {
    keep(event);
    if (event.key === 'Enter' && !event.isComposing && canSend) onSend(text.trim());
    if (event.key !== 'Escape') return;
    setText('');
    onCancel?.();
  };
  return (
    <div class="rasgo-linefield">
      <input
        ref={field}
        type="text"
        class="rasgo-field"
        aria-label={label}
        placeholder={label}
        data-lm-suppress-shortcuts="true"
        disabled={isDisabled}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <button type="button" class="rasgo-button" disabled={!canSend} onClick={() => onSend(text.trim())}>
        {button}
      </button>
      {onCancel && (
        <button type="button" class="rasgo-button rasgo-plain" disabled={isDisabled} onClick={onCancel}>
          Cancel
        </button>
      )}
    </div>
  );
}
