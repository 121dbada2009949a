import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Host } from '../host';
import type { RunState, StepState } from '../protocol';
import { Answer } from './answer';
import { RunGoal, View, type Goal, type ViewContext } from './context';
import { Foot } from './foot';
import { Header } from './header';
import { letShortcutsRest } from './keys';
import { Proposals } from './proposals';
import { statusLine } from './status';
import { StepCard } from './step';
import './run.css';

/** A run: header, a card for each step, the answer, a line of totals. `line` is about the connection to the kernel. */
export function RunView({ run, host, line }: { run: RunState | null; host: Host; line: string }) {
  const root = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<ReadonlyMap<number, boolean>>(new Map());
  const [goal, setGoal] = useState<Goal | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<number> | null>(null);
  useLayoutEffect(() => (root.current === null ? undefined : letShortcutsRest(root.current)), []);

  const setOpen = useCallback((number: number, isOpen: boolean) => {
    setOpened((before) => new Map(before).set(number, isOpen));
  }, []);
  const setChosenStep = useCallback((number: number, isChosen: boolean) => {
    setChosen((before) => withMember(before ?? new Set<number>(), number, isChosen));
  }, []);
  const context = useMemo<ViewContext>(
    () => ({
      host,
      root: () => root.current ?? document.body,
      showStep: (number) => {
        setOpen(number, true);
        requestAnimationFrame(() => bringIntoSight(root.current, number));
      },
      showNumber: ({ step, call, column, row }) => {
        setOpen(step, true);
        setGoal({ step, call, column, row });
        requestAnimationFrame(() => bringIntoSight(root.current, step, call));
      },
    }),
    [host, setOpen],
  );

  const steps = run?.steps.filter((step) => !step.only_answers) ?? [];
  return (
    <View.Provider value={context}>
      <div class="rasgo-run" ref={root}>
        {run && <Header run={run} />}
        {line && <p class="rasgo-quiet rasgo-line">{line}</p>}
        <div class="rasgo-steps">
          <RunGoal.Provider value={goal}>
            {steps.map((step) => (
              <StepCard
                key={step.number}
                step={step}
                isOpen={opened.get(step.number) ?? isUnderWay(run, step)}
                isChosen={chosen === null ? null : chosen.has(step.number)}
                setOpen={setOpen}
                setChosen={setChosenStep}
              />
            ))}
          </RunGoal.Provider>
        </div>
        {run?.answer && <Answer answer={run.answer} question={run.question} step={lastStep(run)} />}
        {run?.message && <p class={`rasgo-message rasgo-is-${run.status}`}>{run.message}</p>}
        {run && <Proposals run={run} />}
        {run && <Foot run={run} chosen={chosen} setChosen={setChosen} />}
        <div class="rasgo-unseen" role="status" aria-live="polite">
          {run && statusLine(run)}
        </div>
      </div>
    </View.Provider>
  );
}

/** Open while the model or a tool works in it, and until the next step takes its place. */
function isUnderWay(run: RunState | null, step: StepState): boolean {
  return run?.status === 'running' && (step === run.steps.at(-1) || step.status === 'waiting');
}

function withMember(members: ReadonlySet<number>, number: number, isMember: boolean): ReadonlySet<number> {
  const next = new Set(members);
  if (isMember) next.add(number);
  else next.delete(number);
  return next;
}

/** The step that gave the answer and has no card of its own. */
function lastStep(run: RunState): StepState | null {
  const last = run.steps.at(-1);
  return last?.only_answers ? last : null;
}

/** Brings a step into sight, or one of its calls where that is named and drawn. */
function bringIntoSight(root: HTMLElement | null, number: number, call = ''): void {
  const step = root?.querySelector<HTMLElement>(`[data-step="${number}"]`);
  const card = [...(step?.querySelectorAll<HTMLElement>('.rasgo-call') ?? [])].find(
    (each) => call !== '' && each.dataset.call === call,
  );
  const target = card ?? step?.querySelector<HTMLElement>('.rasgo-step-toggle');
  target?.focus({ preventScroll: true });
  target?.scrollIntoView({ block: 'nearest' });
}
