import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { highlighted } from './highlight';
import { keep } from './keys';
import { visible } from './text';

/** Code in colours; characters that would hide what it does are spelt out. */
export function Code({ text, language }: { text: string; language: 'sql' | 'python' }) {
  const shown = useMemo(() => visible(text), [text]);
  const html = useMemo(() => highlighted(shown, language), [shown, language]);
  const label = language === 'sql' ? 'SQL' : 'Python';
  return (
    <pre class="rasgo-code" tabIndex={0} aria-label={label}>
      {html ? <code dangerouslySetInnerHTML={{ __html: html }} /> : <code>{shown}</code>}
    </pre>
  );
}

interface EditorProps {
  text: string;
  language: 'sql' | 'python';
  isBusy: boolean;
  onInput: (text: string) => void;
  /** Ctrl+Enter, or Command+Enter. */
  onRun: () => void;
  onCancel: () => void;
}

/** A field for code. Tab leaves it, as everywhere on the page. */
export function CodeEditor({ text, language, isBusy, onInput, onRun, onCancel }: EditorProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => field.current?.focus({ preventScroll: true }), []);
  const onKeyDown = (event: KeyboardEvent) => {
    keep(event);
    if (event.key === 'Escape') onCancel();
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    onRun();
  };
  return (
    <textarea
      ref={field}
      class="rasgo-field rasgo-mono rasgo-editor"
      aria-label={language === 'sql' ? 'Edit the SQL' : 'Edit the Python'}
      data-lm-suppress-shortcuts="true"
      spellcheck={false}
      autocapitalize="off"
      readOnly={isBusy}
      rows={Math.min(24, Math.max(3, text.split('\n').length + 1))}
      value={text}
      onInput={(event) => onInput(event.currentTarget.value)}
      onKeyDown={onKeyDown}
    />
  );
}
