import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { recordedControl, recordedIssue, recordedResult } from '../../../test/lab/build-recorded.ts'
import { failuresOf } from './failures.ts'
import type { RecordedResult } from './recorded.ts'
import { reportFiles } from './report.ts'
import { scoreboard } from './scoreboard.ts'
import { element, svgDocument, textAt } from './svg.ts'

const markdown = (results: readonly RecordedResult[]): string => reportFiles(results).get('results.md') ?? ''
const lineOf = (results: readonly RecordedResult[], figure: RegExp) => {
  const line = scoreboard(results).find((s) => figure.test(s.figure))
  if (line === undefined) throw new Error(`no figure is like ${figure}`)
  return line
}

const missed = recordedIssue({
  found: false,
  eventAfterMs: null,
  openedAfterMs: null,
  explainedAfterMs: null,
  rootCause: null,
  confidence: null,
  ranked: [],
  hypothesis: null,
  evidence: [],
  competing: [],
  action: null,
  verdict: null,
  durationMs: null,
  problem: 'no such issue was opened and explained in time',
})
const stranger = {
  category: 'MEMORY',
  resource: 'buffer pool',
  rule: 'mysql/buffer-pool-misses',
  rootCause: 'IO_PRESSURE',
  abstained: false,
  actions: [],
  allowed: false,
  confidence: 0.7,
  hypothesis: 'reads from disk grew',
  recommendation: '',
  evidence: [{ id: 'e1', claim: '9 % of reads miss', source: 'global status', value: '9', unit: 'percent' }],
  competing: [],
  events: ['miss_percent 9 percent'],
}
const misnamed = recordedIssue({
  rootCause: 'STALE_STATISTICS',
  confidence: 0.88,
  action: 'mysql/analyze-table',
})
const allFailed: readonly RecordedResult[] = [
  recordedResult({ passed: false, issues: [missed], effect: null }),
  recordedResult({ passed: false, seed: 2, issues: [misnamed] }),
  recordedResult({ passed: false, seed: 3, issues: [recordedIssue({ verdict: 'regressed' })] }),
  recordedControl({ passed: false, others: [stranger] }),
]
/** Every XML file must be whole: each element that is opened is closed, and nothing stands outside the first. */
function assertWhole(svg: string): void {
  const open: string[] = []
  for (const [, closing, name = '', selfClosed] of svg.matchAll(/<(\/?)([a-zA-Z]+)[^<>]*?(\/?)>/g)) {
    if (closing === '/') assert.equal(open.pop(), name)
    else if (selfClosed !== '/') open.push(name)
  }
  assert.deepEqual(open, [])
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/)
}

describe('the report', () => {
  const SERIES: readonly (readonly [string, readonly RecordedResult[]])[] = [
    ['nothing', []],
    ['one result', [recordedResult()]],
    ['a control alone', [recordedControl()]],
    ['runs that all failed', allFailed],
    ['a run that was cut off', [recordedResult({ passed: false, issues: [], checks: [], effect: null })]],
    [
      'both servers and three seeds',
      [1, 2, 3].flatMap((seed) => [
        recordedResult({ seed }),
        recordedResult({ seed, flavour: 'mysql', version: '9.7.4' }),
      ]),
    ],
  ]
  for (const [title, results] of SERIES) {
    test(`of ${title} has its pictures whole, each with words for it`, () => {
      const files = reportFiles(results)
      assert.deepEqual(
        [...files.keys()],
        ['results.md', 'outcomes.svg', 'time-to-detect.svg', 'reliability.svg', 'effects.svg'],
      )
      for (const [name, text] of files) {
        if (name.endsWith('.svg')) assertWhole(text)
        else assert.doesNotMatch(text, /NaN|undefined|Infinity/)
        if (!name.endsWith('.svg')) continue
        assert.match(text, /<title id="title">[^<]+<\/title><desc id="description">[^<]+</)
        assert.match(files.get('results.md') ?? '', new RegExp(`!\\[[^\\]]{20,}\\]\\(${name}\\)`))
      }
    })
  }

  test('is the same however often it is made', () =>
    assert.deepEqual([...reportFiles(allFailed)], [...reportFiles(allFailed)]))

  test('names what it ran under, and what was not recorded as such', () => {
    assert.match(markdown([recordedResult()]), /dbmedic 0\.1\.0 \(27630b9\); 2026-11-21/)
    assert.match(markdown([recordedResult({ ranUnder: null })]), /a version not recorded; a day not recorded/)
  })

  test('lets no text of a target end a cell or become HTML', () => {
    const issues = [recordedIssue({ ...missed, problem: '|<script>\n# x `' })]
    const text = markdown([recordedResult({ passed: false, issues })])
    assert.doesNotMatch(text, /<script>/)
    assert.doesNotMatch(text, /^# x/m)
  })
})

describe('the scoreboard', () => {
  test('misses each aim that was missed, and reaches none that was not measured', () => {
    assert.deepEqual(
      scoreboard(allFailed)
        .filter((s) => s.reached === false)
        .map((s) => s.figure),
      [
        'recall: expected issues found',
        'precision: opened issues that were right',
        'issues in 1 controls (5 min)',
        'root cause named first, single faults',
        'harmful actions, of 2 runs with one: a guarded figure worse',
        'verdicts as expected',
      ],
    )
    assert.ok(scoreboard([]).every((s) => s.reached === null))
  })

  test('counts a stated symptom as rightly opened, but not on a control', () => {
    const symptom = { ...stranger, allowed: true }
    assert.match(lineOf([recordedResult({ others: [symptom] })], /^precision/).value, /^1\.00 \(2 of 2/)
    assert.match(lineOf([recordedControl({ others: [symptom] })], /^precision/).value, /^0\.00 \(0 of 1/)
  })

  test('takes the slowest of all for an aim of time', () => {
    const lock = (eventAfterMs: number) => recordedIssue({ category: 'DEADLOCK', eventAfterMs })
    const runs = [
      recordedResult({ issues: [lock(1_000)] }),
      recordedResult({ seed: 2, issues: [lock(15_000)] }),
    ]
    const line = lineOf(runs, /^fault to event, locks/)
    assert.equal(line.value, 'median 1.0 s, p95 15.0 s, max 15.0 s, n 2')
    assert.equal(line.reached, false)
  })

  test('judges abstention where it was right and where it was not', () => {
    const abstained = { rootCause: null, abstained: true } as const
    const runs = [
      recordedResult({ issues: [recordedIssue({ ...abstained, expectedRootCause: 'UNKNOWN' })] }),
      recordedResult({ seed: 2, issues: [recordedIssue(abstained)] }),
      recordedResult({ seed: 3 }),
    ]
    assert.match(lineOf(runs, /^abstained where evidence/).value, /^1\.00 \(1 of 1/)
    assert.match(lineOf(runs, /^abstained where it had/).value, /^0\.50 \(1 of 2/)
  })

  test('gives the effect beside the textbook remedy and nothing, with an interval over seeds', () => {
    const measured = (after: number) =>
      ({ measure: 'latency', unit: 'ms', before: 10, after, reference: '', reached: true }) as const
    const runs = [1, 2].map((seed) =>
      recordedResult({ seed, effect: measured(seed), oracle: measured(1), nothing: measured(10) }),
    )
    assert.match(lineOf(runs, /^trouble gone/).value, /^85\.0 % \(\S+ to \S+, n 2\)$/)
    assert.match(lineOf(runs, /^of what the textbook/).value, /^94\.4 %/)
  })
})

describe('failures', () => {
  test('are told the worst first: harm, a false alarm, a wrong action, then what was missed', () =>
    assert.deepEqual(
      failuresOf(allFailed).map((f) => f.kind),
      ['harm', 'issue on a healthy server', 'action on another cause', 'not found', 'verdict'],
    ))

  test('come with the evidence that misled, and why the right answer lost', () => {
    const [wrong] = failuresOf([
      recordedResult({
        passed: false,
        issues: [
          recordedIssue({
            rootCause: 'STALE_STATISTICS',
            competing: [
              { rootCause: 'MISSING_INDEX', confidence: 0.3, lostBecause: 'an index leads there already' },
            ],
          }),
        ],
      }),
    ])
    assert.equal(wrong?.what, 'STALE_STATISTICS was named with 0.95 where MISSING_INDEX was right')
    assert.match(
      wrong.misledBy.join('\n'),
      /e1: the statement examined 60,000 rows .*\n.*\nMISSING_INDEX lost because an index/,
    )
  })

  test('of what was not found tell what was open instead', () => {
    const [failure] = failuresOf([
      recordedResult({ passed: false, issues: [missed], others: [{ ...stranger, allowed: true }] }),
    ])
    assert.match(failure?.misledBy.join() ?? '', /open instead: MEMORY on buffer pool/)
  })

  test('of a passed run are none, unless it did harm', () => {
    assert.deepEqual(failuresOf([recordedResult()]), [])
    const waits = { looks: 9, blind: 0, sessions: 1, longestMs: 9_000 }
    assert.deepEqual(
      failuresOf([recordedResult({ ownLockWaits: waits })]).map((f) => f.kind),
      ['harm'],
    )
  })

  test('leave no failed check untold, and tell none twice', () => {
    const checks = [
      { what: 'QUERY_PERFORMANCE root cause MISSING_INDEX', ok: false, found: 'STALE_STATISTICS (0.95)' },
      { what: 'trap avoided: mysql/analyze-table (it changes nothing)', ok: false, found: 'proposed' },
      { what: 'effect on latency of report', ok: false, found: 'nothing to measure' },
    ]
    const failed = failuresOf([recordedResult({ passed: false, checks, issues: [misnamed] })])
    assert.deepEqual(
      failed.map((f) => f.kind),
      ['action on another cause', 'effect', 'other'],
    )
    assert.equal(failuresOf([recordedResult({ passed: false, checks })]).length, 3)
  })

  test('that nobody recorded a reason for are still told', () =>
    assert.deepEqual(
      failuresOf([recordedResult({ passed: false, checks: [] })]).map((f) => f.what),
      ['the run did not come to its end'],
    ))

  test('that recorded no evidence say so', () => {
    const cut = recordedResult({
      passed: false,
      ranUnder: null,
      issues: [recordedIssue({ rootCause: 'UNKNOWN', hypothesis: null, evidence: [], competing: [] })],
    })
    assert.match(markdown([cut]), /No evidence was recorded with this run/)
  })
})

describe('a picture', () => {
  test('escapes what it is given', () => {
    const svg = svgDocument({
      width: 10,
      height: 10,
      title: 'a <b> & "c"',
      description: 'x\u0001y',
      body: [textAt({ x: 1, y: 2 }, ']]><svg>')],
    })
    assertWhole(svg)
    assert.match(svg, /a &lt;b&gt; &amp; &quot;c&quot;/)
    assert.ok(!svg.includes('\u0001'))
  })
  test('has no coordinate that is no number', () =>
    assert.throws(() => element('circle', { cx: Number.NaN }), RangeError))
})
