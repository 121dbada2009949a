import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Button } from './button';
import { keep } from './keys';

interface LineFieldProps {
  label: string;
  button: string;
  isBusy: boolean;
  canBeEmpty?: boolean;
  onSend: (text: string) => void;
  onCancel?: () => void;
}

/** One line of text: Enter sends it, Escape takes it back. Takes the focus where it can be cancelled, as a click brought it. */
export function LineField({ label, button, isBusy, canBeEmpty = false, onSend, onCancel }: LineFieldProps) {
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (onCancel !== undefined) field.current?.focus({ preventScroll: true });
  }, []);
  const canSend = !isBusy && (canBeEmpty || text.trim() !== '');
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
        readOnly={isBusy}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <Button isBusy={isBusy} isDisabled={!canSend && !isBusy} onClick={() => onSend(text.trim())}>
        {button}
      </Button>
      {onCancel && (
        <Button look="plain" isBusy={isBusy} onClick={onCancel}>
          Cancel
        </Button>
      )}
    </div>
  );
}
