import type {
  BodyState,
  CallState,
  FigureState,
  OutputState,
  RowsState,
  RunState,
  StepState,
} from '../../src/protocol';
import { newStep } from '../../src/view/state';

/** Runs to look at and to test with: one of everything, and the same full of hostile text. */

export const aCall = (call: Partial<CallState> = {}): CallState => ({
  id: 'call-1',
  tool: 'run_sql',
  status: 'done',
  outcome: '',
  elapsed_s: 0,
  arguments: '',
  code: null,
  approval: null,
  question: null,
  outputs: [],
  body: null,
  error: '',
  ...call,
});

export const aStep = (number: number, step: Partial<StepState> = {}): StepState => ({
  ...newStep(number),
  status: 'done',
  ...step,
});

export const aRun = (run: Partial<RunState> = {}): RunState => ({
  version: 1,
  id: 'run-1',
  question: 'Which carrier was late most often, and by how much?',
  model: 'offline',
  connection: 'sample',
  note: '',
  status: 'running',
  steps: [],
  answer: null,
  message: '',
  totals: '',
  live: true,
  ...run,
});

export const someRows: RowsState = {
  id: 'rows-1',
  name: 'by_carrier',
  total: 1_204,
  columns: [
    { name: 'carrier', type: 'VARCHAR', numeric: false },
    { name: 'flights', type: 'BIGINT', numeric: true },
    { name: 'mean_delay', type: 'DOUBLE', numeric: true },
    { name: 'first_day', type: 'DATE', numeric: false },
  ],
  first: [
    ['EV', '54,173', '19.96', '2013-01-01'],
    ['MQ', '26,397', '10.55', '2013-01-01'],
    ['OO', '32', '12.59', '2013-01-30'],
    ['UA', '58,665', '12.11', '2013-01-01'],
    ['–', '12', '–', '2013-03-09'],
  ],
  note: '',
};

export const aFigure: FigureState = {
  id: 'figure-1',
  name: 'delays',
  spec: {
    data: [{ type: 'bar', x: ['EV', 'MQ', 'OO', 'UA', 'B6'], y: [19.96, 10.55, 12.59, 12.11, 13.02] }],
    layout: { title: { text: 'Mean delay by carrier' }, yaxis: { title: { text: 'minutes' } } },
  },
  image: '',
  note: '',
  encoding: {
    dataframe: 'by_carrier',
    mark: 'bar',
    x: 'carrier',
    y: 'mean_delay',
    color: '',
    title: 'Mean delay by carrier',
    columns: ['carrier', 'flights', 'mean_delay', 'first_day'],
    marks: ['bar', 'line', 'scatter', 'histogram', 'box'],
  },
};

const SQL = `SELECT carrier, count(*) AS flights, avg(dep_delay) AS mean_delay, min(day) AS first_day
FROM flights -- scheduled ones only
WHERE dep_delay IS NOT NULL AND origin IN ('JFK', 'LGA')
GROUP BY carrier
ORDER BY mean_delay DESC`;

const PYTHON = `late = by_carrier[by_carrier["mean_delay"] > 12.5]
share = len(late) / len(by_carrier)  # of all carriers
print(f"{share:.0%} of the carriers")
late.to_csv("out.csv")`;

const bodies: Record<BodyState['kind'], BodyState> = {
  hits: {
    kind: 'hits',
    hits: [
      {
        table: 'sample.main.flights',
        rows: '336,776 rows',
        why: 'column dep_delay; "late" is near "delay"',
        comment: 'One row for each flight that left New York in 2013.',
        score: 8.31,
      },
      {
        table: 'sample.main.carriers',
        rows: '16 rows',
        why: 'name',
        comment: 'Names of the carriers.',
        score: 5.2,
      },
      { table: 'sample.main.weather', rows: 'view', why: 'related by origin', comment: '', score: 0.4 },
    ],
    more: '12 more tables match a little.',
  },
  tables: {
    kind: 'tables',
    tables: [
      {
        name: 'sample.main.flights',
        kind: 'table',
        rows: '336,776 rows',
        comment: 'One row for each flight that left New York in 2013.',
        columns: [
          {
            name: 'carrier',
            type: 'VARCHAR',
            key: '→ carriers.carrier',
            nullable: false,
            comment: 'Two letters.',
          },
          {
            name: 'dep_delay',
            type: 'DOUBLE',
            key: '',
            nullable: true,
            comment:
              'Minutes after the planned departure; negative where the flight left early. Null where it was cancelled.',
          },
          { name: 'id', type: 'BIGINT', key: 'primary', nullable: false, comment: '' },
        ],
        more: '16 more columns.',
        sample: { ...someRows, id: '', name: '', total: 5 },
      },
    ],
    more: '',
  },
  profiles: {
    kind: 'profiles',
    profiles: [
      {
        name: 'dep_delay',
        type: 'DOUBLE',
        nulls: '8,255 (2.5 %)',
        distinct: '527',
        min: '-43.0',
        max: '1,301.0',
        mean: '12.64',
        null_share: 0.025,
        histogram: [0.1, 0.3, 1, 0.8, 0.42, 0.2, 0.11, 0.06, 0.03, 0.02, 0, 0.01].map((share, i) => ({
          label: `${i * 20 - 40} to ${i * 20 - 20}: ${Math.round(share * 90_000)}`,
          share,
        })),
        top: [],
      },
      {
        name: 'origin',
        type: 'VARCHAR',
        nulls: '0',
        distinct: '3',
        min: '',
        max: '',
        mean: '',
        null_share: 0,
        histogram: [],
        top: [
          { value: 'EWR', count: '120,835', share: 0.359 },
          { value: 'JFK', count: '111,279', share: 0.33 },
          { value: 'LGA', count: '104,662', share: 0.311 },
        ],
      },
      {
        name: 'day',
        type: 'DATE',
        nulls: '40,000 (12 %)',
        distinct: '365',
        min: '2013-01-01',
        max: '2013-12-31',
        mean: '',
        null_share: 0.12,
        histogram: [0.9, 0.8, 0.95, 0.93, 0.96, 0.94, 1, 0.98, 0.9, 0.95, 0.88, 0.91].map((share, i) => ({
          label: `2013-${i + 1}`,
          share,
        })),
        top: [],
      },
    ],
    more: '',
  },
  rows: { kind: 'rows', rows: someRows },
  changes: {
    kind: 'changes',
    changes: {
      new: ['late', 'share'],
      rebound: ['df'],
      mutated: ['orders'],
      deleted: ['tmp'],
      put_back: ['x'],
    },
    value: { ...someRows, name: '', total: 5 },
  },
  figure: { kind: 'figure', figure: aFigure },
  variables: {
    kind: 'variables',
    variables: [
      {
        name: 'by_carrier',
        type: 'DataFrame',
        summary: '1,204 rows × 4 columns: carrier, flights, mean_delay, first_day',
      },
      { name: 'share', type: 'float', summary: '0.25' },
    ],
    more: '40 more variables.',
  },
  reply: { kind: 'reply', text: 'By flights that left more than 15 minutes late.' },
  plain: { kind: 'plain', text: '{"ok": true, "items": [1, 2, 3]}' },
};

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
  totals: '8 steps · 12.4 s · 10,331 tokens · 0.0184 USD',
  steps: [
    aStep(1, {
      text: 'I look for the tables that know about **delays**.',
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
          code: { language: 'sql', text: SQL.replaceAll('\n', ' '), formatted: SQL },
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
          code: { language: 'python', text: PYTHON, formatted: '' },
          approval: {
            state: 'approved',
            effects: ["writes the file 'out.csv'"],
            by: 'you',
            reason: '',
            edited: true,
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
          code: { language: 'python', text: "by_carrier['delay']", formatted: '' },
          outputs: [failed],
        }),
        aCall({
          id: 'd',
          tool: 'write_sql',
          status: 'refused',
          outcome: 'Refused.',
          code: { language: 'sql', text: 'DROP TABLE flights', formatted: '' },
          approval: {
            state: 'refused',
            effects: ['drops the table flights'],
            by: 'you',
            reason: 'never drop',
            edited: false,
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
        aCall({ id: 'g', tool: 'weather__today', arguments: 'city="New York"', body: bodies.plain }),
      ],
    }),
    aStep(8, { only_answers: true }),
  ],
  answer: {
    text: 'ExpressJet (`EV`) was late most often: **19.96 minutes** on average over 54,173 flights.\n\n| carrier | mean delay |\n| --- | ---: |\n| EV | 19.96 |\n| B6 | 13.02 |\n\nSee [the data](https://example.org/flights).',
    assumptions: ['Late means a positive departure delay.', 'Cancelled flights are left out.'],
    steps: [3, 5],
    bodies: [bodies.figure, bodies.rows],
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
          code: { language: 'python', text: PYTHON, formatted: '' },
          approval: {
            state: 'asked',
            effects: ["writes the file 'out.csv'", 'rebinds `df`', 'reaches the network at example.org'],
            by: '',
            reason: '',
            edited: false,
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
  const isWord = /^(version|kind|status|state|id|language|mime|base64|image|op)$/.test(key);
  if (typeof value === 'string') return (isWord || value === '' ? value : NASTY) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => spoiled(item)) as T;
  if (typeof value !== 'object' || value === null || key === 'spec') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, spoiled(item, name)])) as T;
}
