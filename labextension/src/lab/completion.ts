import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Cell } from '@jupyterlab/cells';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { CompletionHandler, ICompletionContext, ICompletionProvider } from '@jupyterlab/completer';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { flagsOf, isAskCell, typedMention } from './askCells';
import type { Completions } from './linkMessages';
import type { Links } from './linkPanels';

/** A completion that comes later than this is of no use. */
const ANSWER_MS = 800;
const INVOKE = 'completer:invoke-notebook';

type Reply = CompletionHandler.ICompletionItemsReply;

/** Completes @names in questions to what the kernel knows under them. */
export class MentionProvider implements ICompletionProvider {
  readonly identifier = 'rasgo-nb:mentions';
  readonly rank = 1100; // above the kernel's own, which knows them too but waits for the running cell
  readonly renderer = null;
  /** Whether the kernel had more than it sent last. */
  isCut = false;

  constructor(
    private readonly notebooks: INotebookTracker,
    private readonly links: Links,
  ) {}

  isApplicable({ editor }: ICompletionContext): Promise<boolean> {
    return Promise.resolve(!!editor && typedIn(editor) !== null);
  }

  async fetch(request: CompletionHandler.IRequest, { widget }: ICompletionContext): Promise<Reply> {
    const panel = this.notebooks.find((one) => one === widget);
    const before = Array.from(request.text).slice(0, request.offset).join('');
    const typed = typedMention(before);
    const nothing = { start: request.offset, end: request.offset, items: [] };
    const link = panel && this.links.of(panel);
    if (typed === null || !link?.state) return nothing;
    const found = (await link
      .request({ name: 'complete', typed, flags: flagsOf(request.text) }, ANSWER_MS)
      .catch(() => ({ items: [], all: true }))) as Completions;
    this.isCut = !found.all;
    const start = request.offset - Array.from(typed).length;
    return { start, end: request.offset, items: found.items.map(asItem) };
  }

  shouldShowContinuousHint(isVisible: boolean): boolean {
    return !isVisible;
  }
}

function asItem({ text, kind, detail }: Completions['items'][number]): CompletionHandler.ICompletionItem {
  return { label: text, insertText: text, type: kind, documentation: detail };
}

function typedIn(editor: CodeEditor.IEditor): string | null {
  const source = editor.model.sharedModel.getSource();
  if (!isAskCell(source)) return null;
  return typedMention(source.slice(0, editor.getOffsetAt(editor.getCursorPosition())));
}

/** An open list only narrows what it has; a key pressed elsewhere closes it, and there is no other way. */
function closeList(): void {
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Shift', bubbles: true }));
}

/** Offers completions as soon as an @ or a further part of a name is typed, without the Tab key. */
export function offerWhileTyping(
  app: JupyterFrontEnd,
  panel: NotebookPanel,
  provider: MentionProvider,
): void {
  let left: (() => void) | null = null;
  const follow = (cell: Cell | null) => {
    left?.();
    left = null;
    if (cell?.model.type !== 'code') return;
    const { sharedModel } = cell.model;
    const onChange = (_: unknown, { sourceChange }: { sourceChange?: { insert?: string }[] }) => {
      const typed = (sourceChange ?? []).map(({ insert }) => insert ?? '').join('');
      if (typed.length !== 1 || !cell.editor?.hasFocus()) return;
      // The cursor, and the list that is open already, follow the text a moment later.
      window.setTimeout(() => {
        if (cell.isDisposed || !cell.editor || typedIn(cell.editor) === null) return;
        if (typed === '.' || provider.isCut) closeList();
        if (app.commands.hasCommand(INVOKE)) void app.commands.execute(INVOKE);
      }, 0);
    };
    sharedModel.changed.connect(onChange);
    left = () => sharedModel.changed.disconnect(onChange);
  };
  follow(panel.content.activeCell);
  panel.content.activeCellChanged.connect((_, cell) => follow(cell));
}
