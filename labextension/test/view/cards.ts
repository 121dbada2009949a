import type { BodyState, FactState, FigureState, RowsState } from '../../src/protocol';

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

/** One body of each kind. */
const someFacts: FactState[] = [
  {
    kind: 'note',
    column: 'dep_delay',
    text: 'Minutes; flights that were cancelled have none.',
    sql: '',
    source: 'memory',
    author: 'ada',
    date: '2026-10-05',
    verified: true,
  },
  {
    kind: 'join',
    column: 'carrier',
    text: 'joins sample.main.carriers on carrier',
    sql: '',
    source: 'history',
    author: '',
    date: '2026-11-01',
    verified: false,
  },
  {
    kind: 'query',
    column: '',
    text: 'Which carrier is late?',
    sql: 'SELECT carrier, avg(dep_delay) FROM flights GROUP BY carrier',
    source: 'runs',
    author: '',
    date: '',
    verified: false,
  },
];

export const bodies: Record<BodyState['kind'], BodyState> = {
  hits: {
    kind: 'hits',
    hits: [
      {
        table: 'sample.main.flights',
        rows: '336,776 rows',
        why: 'column dep_delay; "late" is near "delay"',
        comment: 'One row for each flight that left New York in 2013.',
        score: 8.31,
        columns: ['dep_delay', 'arr_delay'],
        family: '',
        facts: someFacts,
      },
      {
        table: 'sample.main.carriers',
        rows: '16 rows',
        why: 'name',
        comment: 'Names of the carriers.',
        score: 5.2,
        columns: [],
        family: '',
        facts: [],
      },
      {
        table: 'sample.main.weather_20131231',
        rows: 'view',
        why: 'related by origin',
        comment: '',
        score: 0.4,
        columns: [],
        family: '365 tables, weather_20130101 to weather_20131231',
        facts: [],
      },
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
        facts: someFacts,
      },
    ],
    more: '',
  },
  proposal: {
    kind: 'proposal',
    proposal: {
      id: 'p1',
      text: 'A flight is late when it left more than 15 minutes after its planned departure.',
      cut: false,
      scope: 'connection',
      tables: ['sample.main.flights'],
      columns: ['sample.main.flights.dep_delay'],
      step: 3,
      decided: 'open',
      kept: null,
    },
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
