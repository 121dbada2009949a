import type { ComponentChildren } from 'preact';

interface ButtonProps {
  look?: 'usual' | 'strong' | 'plain';
  title?: string;
  /** While a reply is awaited: keeps the focus, takes no click. */
  isBusy?: boolean;
  isDisabled?: boolean;
  onClick: () => void;
  children: ComponentChildren;
}

export function Button({
  look = 'usual',
  title,
  isBusy = false,
  isDisabled = false,
  onClick,
  children,
}: ButtonProps) {
  return (
    <button
      type="button"
      class={look === 'usual' ? 'rasgo-button' : `rasgo-button rasgo-${look}`}
      title={title}
      disabled={isDisabled}
      aria-disabled={isBusy}
      onClick={isBusy ? undefined : onClick}
    >
      {children}
    </button>
  );
}
