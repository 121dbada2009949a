import type { Notice } from './context';

/** What came of a click, in a line. */
export function Said({ notice }: { notice: Notice | null }) {
  if (notice === null) return null;
  return (
    <span class={notice.isError ? 'rasgo-said rasgo-is-failed' : 'rasgo-said'} role="status">
      {notice.line}
      {notice.text !== undefined && (
        <textarea
          class="rasgo-field rasgo-mono"
          aria-label="Text to copy"
          readOnly
          rows={4}
          value={notice.text}
          onFocus={(event) => event.currentTarget.select()}
        />
      )}
    </span>
  );
}
