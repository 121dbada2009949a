import type { ComponentChildren } from 'preact';

export function Part({ title, children }: { title: string; children: ComponentChildren }) {
  const id = `rasgo-lab-${title.toLowerCase()}`;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

/** A line of the kernel, what stands between backticks drawn as code. */
export function Line({ text }: { text: string }) {
  return <>{text.split('`').map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part))}</>;
}

export function NotLoaded() {
  return (
    <p class="rasgo-lab-empty">
      This kernel has not loaded rasgo_nb. Run <code>%load_ext rasgo_nb</code>, or click Ask.
    </p>
  );
}

/** What the kernel said against something, in a line. */
export function Failure({ error }: { error: string }) {
  if (!error) return null;
  return (
    <p class="rasgo-lab-failure" role="status">
      <Line text={error} />
    </p>
  );
}

interface SearchProps {
  label: string;
  words: string;
  onInput: (words: string) => void;
}

export function SearchField({ label, words, onInput }: SearchProps) {
  return (
    <input
      type="search"
      class="rasgo-lab-field"
      aria-label={label}
      placeholder={label}
      spellcheck={false}
      value={words}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}

interface SmallProps {
  children: ComponentChildren;
  isBusy?: boolean;
  title?: string;
  onClick: () => void;
}

/** A button that reads as a link. */
export function SmallButton({ children, isBusy = false, title, onClick }: SmallProps) {
  return (
    <button
      type="button"
      class="rasgo-lab-small"
      title={title}
      aria-disabled={isBusy}
      onClick={isBusy ? undefined : onClick}
    >
      {children}
    </button>
  );
}

/** Facts on one line, with points between them. */
export function Facts({ facts }: { facts: (string | false | null)[] }) {
  const said = facts.filter(Boolean);
  return said.length === 0 ? null : <span class="rasgo-lab-facts">{said.join(' · ')}</span>;
}
