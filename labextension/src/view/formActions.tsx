import type { ComponentChildren } from 'preact';
import { Button } from './button';
import type { Work } from './context';
import { Said } from './said';

interface FormActionsProps {
  label: string;
  work: Work;
  canSend: boolean;
  onSend: () => void;
  onCancel: () => void;
  /** What else there is to choose. */
  children: ComponentChildren;
}

/** The row below a small form: its button, choices, the way back, and what came of it. */
export function FormActions({ label, work, canSend, onSend, onCancel, children }: FormActionsProps) {
  return (
    <div class="rasgo-actions">
      <Button isBusy={work.busy} isDisabled={!canSend} onClick={onSend}>
        {label}
      </Button>
      {children}
      <Button look="plain" isBusy={work.busy} onClick={onCancel}>
        Cancel
      </Button>
      <Said notice={work.notice} />
    </div>
  );
}
