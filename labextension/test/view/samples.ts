import type { OutputState, RunState } from '../../src/protocol';
import { bodies } from './cards';
import { aCall, aMemory, aNumber, aRun, aStep } from './makers';

/** Runs to look at and to test with: one of everything, and the same full of hostile text. */

const SQL = `SELECT carrier, count(*) AS flights, avg(dep_delay) AS mean_delay, min(day) AS first_day
FROM flights -- scheduled ones only
WHERE dep_delay IS NOT NULL AND origin IN ('JFK', 'LGA')
GROUP BY carrier
ORDER BY mean_delay DESC`;

const PYTHON = `late = by_carrier[by_carrier["mean_delay"] > 12.5]
share = len(late) / len(by_carrier)  # of all carriers
print(f"{share:.0%} of the carriers")
late.to_csv("out.csv")`;

const outputs: OutputState[] = [
  { kind: 'stream', name: 'stdout', text: '25% of the carriers\n' },
  { kind: 'stream', name: 'stderr', text: 'UserWarning: 12 rows have no carrier\n' },
  { kind: 'text', text: '0.25' },
];

const failed: OutputState = {
  kind: 'error',
  ename: 'KeyError',
  evalue: "'delay'",
  traceback: "  <ask step 6>:1\n----> 1 by_carrier['delay']\n\u001b[31mKeyError\u001b[0m: 'delay'",
};

/** A run with one call of each kind, ended. */
export const everything: RunState = aRun({
  status: 'answered',
  note: 'chosen because no model was named',
  recalled: [
    {
      memory: aMemory(),
      why: 'about sample.main.flights',
      flags: [],
      forgotten: false,
    },
    {
      memory: aMemory({ id: 'm2', text: 'Carrier 9E is Endeavor Air.', scope: 'team', author: 'max' }),
      why: 'words: carrier',
      flags: ['sample.main.flights has no column carrier_code any more; there is carrier.'],
      forgotten: false,
    },
  ],
  totals: '8 steps · 12.4 s · 10,331 tokens · 0.0184 USD',
  steps: [
    aStep(1, {
      text: 'I look for the tables that know about **delays**.',
      saw: '12 items, 4,210 tokens',
      thinking: 'The person says late: dep_delay or arr_delay? First see what there is.',
      elapsed_s: 0.21,
      cost: '1,204 tokens · 0.0021 USD',
      calls: [
        aCall({
          tool: 'search_tables',
          arguments: 'query="late flights"',
          outcome: '3 tables',
          elapsed_s: 0.03,
          body: bodies.hits,
        }),
      ],
    }),
    aStep(2, {
      elapsed_s: 0.4,
      cost: '1,900 tokens',
      calls: [
        aCall({
          id: 'a',
          tool: 'describe_tables',
          arguments: 'tables=["flights"]',
          body: bodies.tables,
          elapsed_s: 0.02,
        }),
        aCall({
          id: 'b',
          tool: 'profile_columns',
          arguments: 'table="flights"',
          body: bodies.profiles,
          elapsed_s: 0.3,
        }),
      ],
    }),
    aStep(3, {
      text: 'Now the delays of each carrier.',
      elapsed_s: 1.3,
      cost: '2,400 tokens · 0.0040 USD',
      calls: [
        aCall({
          outcome: '1,204 rows, kept as by_carrier',
          elapsed_s: 0.06,
          code: { language: 'sql', text: SQL.replaceAll('\n', ' '), formatted: SQL, cut: false },
          body: bodies.rows,
        }),
      ],
    }),
    aStep(4, {
      text: 'Which of them are late?\n\n- over 12.5 minutes\n- [more](https://example.org)',
      elapsed_s: 2.25,
      calls: [
        aCall({
          tool: 'run_python',
          elapsed_s: 0.9,
          code: { language: 'python', text: PYTHON, formatted: '', cut: false },
          approval: {
            state: 'approved',
            effects: ["writes the file 'out.csv'"],
            by: 'you',
            reason: '',
            edited: true,
            once: false,
          },
          outputs,
          body: bodies.changes,
        }),
      ],
    }),
    aStep(5, {
      text: 'A chart of it.',
      calls: [aCall({ tool: 'show_chart', arguments: 'mark="bar"', body: bodies.figure })],
    }),
    aStep(6, {
      text: 'One more look.',
      status: 'failed',
      notes: ['The connection broke off. Trying again in 1.0 s.'],
      calls: [
        aCall({
          id: 'c',
          tool: 'run_python',
          status: 'failed',
          outcome: "KeyError: 'delay'",
          error: 'Columns: carrier, flights, mean_delay, first_day. Did you mean mean_delay?',
          code: { language: 'python', text: "by_carrier['delay']", formatted: '', cut: false },
          outputs: [failed],
        }),
        aCall({
          id: 'd',
          tool: 'write_sql',
          status: 'refused',
          outcome: 'Refused.',
          code: { language: 'sql', text: 'DROP TABLE flights', formatted: '', cut: false },
          approval: {
            state: 'refused',
            effects: ['drops the table flights'],
            by: 'you',
            reason: 'never drop',
            edited: false,
            once: false,
          },
        }),
      ],
    }),
    aStep(7, {
      calls: [
        aCall({ id: 'e', tool: 'list_variables', body: bodies.variables }),
        aCall({
          id: 'f',
          tool: 'ask_user',
          arguments: 'question="How is late counted?"',
          body: bodies.reply,
        }),
        aCall({ id: 'h', tool: 'propose_memory', arguments: 'text="A flight …"', body: bodies.proposal }),
        aCall({ id: 'g', tool: 'weather__today', arguments: 'city="New York"', body: bodies.plain }),
      ],
    }),
    aStep(8, { only_answers: true }),
  ],
  answer: {
    text: 'ExpressJet (`EV`) was late most often: **19.96 minutes** on average over 54,173 flights.\n\n| carrier | mean delay |\n| --- | ---: |\n| EV | 19.96 |\n| B6 | 13.02 |\n\nSee [the data](https://example.org/flights).',
    assumptions: ['Late means a positive departure delay.', 'Cancelled flights are left out.'],
    steps: [3, 5],
    numbers: [
      aNumber('19.96', { at: 41, said: 'mean_delay of row 1 in step 3', column: 'mean_delay', row: 0 }),
      aNumber('54,173', { at: 73, said: 'flights of row 1 in step 3', column: 'flights', row: 0 }),
      aNumber('19.96', { at: 137, said: 'mean_delay of row 1 in step 3', column: 'mean_delay', row: 0 }),
      aNumber('13.02', { at: 152, how: 'unverified', said: 'in no result', step: 0, call: '' }),
    ],
    traced: '3 of 4 numbers traced to steps · 1 unverified',
    bodies: [bodies.figure, bodies.rows],
    verifiable: true,
    verified: null,
    eval: '',
  },
});

/** A run under way: a question of the model, an approval, and text that streams in. */
export const asking: RunState = aRun({
  steps: [
    ...everything.steps.slice(0, 1),
    aStep(2, {
      status: 'waiting',
      text: 'I would rather ask.',
      calls: [
        aCall({
          id: 'q',
          tool: 'ask_user',
          status: 'waiting',
          question: { text: 'How is *late* counted?', choices: ['Any delay', 'More than 15 minutes'] },
        }),
      ],
    }),
    aStep(3, {
      status: 'waiting',
      text: 'The table is put into a file.',
      calls: [
        aCall({
          id: 'p',
          tool: 'run_python',
          status: 'waiting',
          code: { language: 'python', text: PYTHON, formatted: '', cut: false },
          approval: {
            state: 'asked',
            effects: ["writes the file 'out.csv'", 'rebinds `df`', 'reaches the network at example.org'],
            by: '',
            reason: '',
            edited: false,
            once: false,
          },
        }),
      ],
    }),
    aStep(4, {
      status: 'writing',
      text: 'Now I look at the **months**\nand then',
      thinking: 'Hm.',
      writing: 'run_sql',
    }),
  ],
});

const NASTY = [
  '<script>window.hacked = true</script>',
  '<img src=x onerror="window.hacked = true">',
  '[click](javascript:window.hacked=true) ![pixel](http://127.0.0.1:9/pixel.png)',
  'a\u202Egnp.exe',
  'x'.repeat(10_000),
].join(' ');

/** The value with every text in it replaced by a hostile one; names of kinds, statuses and ids stay. */
export function spoiled<T>(value: T, key = ''): T {
  const isWord = /^(version|kind|status|scope|decided|state|id|language|mime|base64|image|op)$/.test(key);
  if (typeof value === 'string') return (isWord || value === '' ? value : NASTY) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => spoiled(item)) as T;
  if (typeof value !== 'object' || value === null || key === 'spec') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, spoiled(item, name)])) as T;
}
