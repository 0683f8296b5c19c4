import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  asTold,
  DEADLOCK_FORMS,
  type DeadlockChannel,
  type DeadlockForm,
  printDeadlock,
  printedAt,
} from '../../../../test/support/print-deadlock.ts'
import { deadlockFor, MISLEADING_TEXT, sampleDeadlock } from '../../../../test/support/sample-deadlocks.ts'
import { type DeadlockJson, deadlockJson } from './deadlock.ts'
import { deadlockGraph } from './deadlock-graph.ts'
import { deadlocksJson, parseDeadlocks, readDeadlocks, SOURCES_MAX } from './read-deadlocks.ts'

const asWritten = { mask: (sql: string) => sql, once: false }
const channels: readonly DeadlockChannel[] = ['status', 'log']
const forms = Object.entries(DEADLOCK_FORMS)

/** An empty line of one log in a statement of the other changes nothing that counts. */
const unspaced = (deadlock: DeadlockJson): string => JSON.stringify(deadlock).replaceAll(/(?:\\n)+/g, ' ')

const json = (text: string): DeadlockJson[] => parseDeadlocks(text, asWritten).map(deadlockJson)

describe('reports of every version, in status text and error log', () => {
  for (const [name, form] of forms) {
    for (const channel of channels) {
      test(`${name} ${channel}: what was printed is what is read`, () => {
        fc.assert(
          fc.property(deadlockFor(form), (deadlock) => {
            const text = printDeadlock(deadlock, form, channel)
            assert.deepEqual(json(text), [asTold(deadlock, form, printedAt(form, channel))])
          }),
          { numRuns: 60 },
        )
      })

      test(`${name} ${channel}: cut at any byte it is nothing, incomplete, or all there`, () => {
        const deadlock = sampleDeadlock(form)
        const text = printDeadlock(deadlock, form, channel)
        const whole = asTold(deadlock, form, printedAt(form, channel))
        let incomplete = 0
        for (let length = 0; length <= text.length; length += 1) {
          const found = json(text.slice(0, length))
          assert.ok(found.length <= 1)
          for (const each of found) {
            if (each.incomplete) incomplete += 1
            else assert.deepEqual(each, whole, `cut at ${length}`)
          }
        }
        assert.ok(incomplete > text.length / 2, `${incomplete} of ${text.length} cuts reported`)
      })

      test(`${name} ${channel}: begun at any line it is nothing, incomplete, or all there`, () => {
        const deadlock = sampleDeadlock(form)
        const lines = printDeadlock(deadlock, form, channel).split('\n')
        const whole = asTold(deadlock, form, printedAt(form, channel))
        for (let from = 0; from < lines.length; from += 1) {
          for (const each of json(lines.slice(from).join('\n')))
            if (!each.incomplete) assert.deepEqual(each, whole, `begun at ${from}`)
        }
      })

      test(`${name} ${channel}: without any one line that structures it, it is incomplete`, () => {
        const deadlock = sampleDeadlock(form)
        const lines = printDeadlock(deadlock, form, channel).split('\n')
        const structure =
          /^TRANSACTION |thread id|\*\*\* |^(RECORD|TABLE) LOCK.* waiting$|^Record lock, heap no /
        const cut = lines.flatMap((line, at) => (structure.test(line) ? [at] : []))
        assert.ok(cut.length >= deadlock.transactions.length * 5)
        for (const at of cut) {
          const found = json(lines.toSpliced(at, 1).join('\n'))
          assert.ok(found.length > 0, `line ${at}: ${lines[at]}`)
          assert.ok(
            found.every(({ incomplete }) => incomplete),
            `line ${at}: ${lines[at]}`,
          )
        }
      })
    }
  }

  for (const [name, form] of forms) {
    const text = printDeadlock(sampleDeadlock(form), form, 'log')
    if (!text.includes('CONFLICTING WITH')) continue
    test(`${name}: a heading over conflicts with none below is of an incomplete report`, () => {
      const [head = '', ...rest] = text.split(/(?<=CONFLICTING WITH:\n)/)
      const without = rest.map((part) => part.replace(/^(?!.*\*\*\*)[\s\S]*?(?=^.*\*\*\*)/m, ''))
      const [found] = json(head + without.join(''))
      assert.equal(found?.incomplete, true)
    })
  }
})

const NOISE = [
  "2026-03-04T05:06:07.200000Z 13 [Note] [MY-010914] [Server] Aborted connection 13 to db: 'dl' user: 'app'",
  '2026-03-04  5:06:07 0 [Warning] InnoDB: page_cleaner: 1000ms intended loop took 4128ms',
  '2026-03-04T05:06:07.2Z 0 [System] [MY-010931] [Server] mysqld: ready for connections.',
]

describe('what else is in a log', () => {
  for (const [name, form] of forms) {
    test(`${name}: lines of other threads between any lines lose nothing of a lock and hide no cut statement`, () => {
      const deadlock = sampleDeadlock(form)
      const lines = printDeadlock(deadlock, form, 'log').split('\n')
      const whole = asTold(deadlock, form, printedAt(form, 'log'))
      for (let at = 0; at <= lines.length; at += 1) {
        for (const noise of NOISE) {
          const found = json(lines.toSpliced(at, 0, noise).join('\n'))
          assert.equal(found.length, 1)
          if (!found[0]?.incomplete) assert.deepEqual(found, [whole], `before line ${at}`)
          const inStatement = /^(?: set| where|update|insert) /.test(lines[at] ?? '')
          assert.equal(found[0]?.incomplete, inStatement, `before line ${at}`)
        }
      }
    })

    test(`${name}: two logs mixed line by line never make a deadlock that neither had`, () => {
      const [first, second] = [sampleDeadlock(form), sampleDeadlock(form, 7000)]
      const wholes = [first, second].map((each) => unspaced(asTold(each, form, printedAt(form, 'log'))))
      const lines = [first, second].map((each) => printDeadlock(each, form, 'log').split('\n'))
      const runs = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 2, maxLength: 40 })
      fc.assert(
        fc.property(runs, (lengths) => {
          const queues = lines.map((each) => [...each])
          const mixed = lengths.flatMap((length, at) => queues[at % 2]?.splice(0, length) ?? [])
          for (const each of json([...mixed, ...queues.flat()].join('\n')))
            if (!each.incomplete) assert.ok(wholes.includes(unspaced(each)))
        }),
        { numRuns: 300 },
      )
    })
  }

  test('frames of collectors come off, and two servers in one stream are read apart', () => {
    const form = DEADLOCK_FORMS['mysql-8.4'] as DeadlockForm
    const [first, second] = [sampleDeadlock(form), sampleDeadlock(form, 7000)]
    const wholes = [first, second].map((each) => asTold(each, form, printedAt(form, 'log')))
    const frames: readonly ((line: string, server: number) => string)[] = [
      (line, server) => `Mar  4 05:06:07 db${server} mysqld[9${server}]: ${line}`,
      (line, server) => `2026-03-04T05:06:07.123456+00:00 db${server} mysqld[9${server}]: ${line}`,
      (line, server) => `shop-db-${server}  | ${line}`,
    ]
    const lines = [first, second].map((each) => printDeadlock(each, form, 'log').split('\n'))
    for (const frame of frames) {
      const mixed = (lines[0] ?? []).flatMap((line, at) => [frame(line, 1), frame(lines[1]?.[at] ?? '', 2)])
      const found = json(mixed.join('\n'))
      assert.deepEqual(found, wholes)
    }
    const cri = (lines[0] ?? []).map((line) => `2026-03-04T05:06:07.1Z stderr F ${line}`).join('\n')
    assert.deepEqual(json(cri), [wholes[0]])
    const docker = (lines[0] ?? []).map((line) => JSON.stringify({ log: `${line}\n`, stream: 'stderr' }))
    assert.deepEqual(json(docker.join('\n')), [wholes[0]])
    const tail = ['==> a.log <==', ...(lines[0] ?? []), '==> b.log <==', ...(lines[1] ?? [])].join('\n')
    assert.deepEqual(json(tail), wholes)
  })

  test('a framed line inside a statement of an unframed log is text', () => {
    const form = DEADLOCK_FORMS['mysql-8.4'] as DeadlockForm
    const fake = printDeadlock(sampleDeadlock(form, 9000), form, 'log').replaceAll(
      /^/gm,
      'Mar  4 05:06:07 x mysqld[1]: ',
    )
    const deadlock = sampleDeadlock(form)
    const statement = `insert into t values ('${fake.replaceAll("'", "''").slice(0, 2500)}')`
    const [first, ...others] = deadlock.transactions
    assert.ok(first)
    const planted = { ...deadlock, transactions: [{ ...first, statement }, ...others] }
    assert.deepEqual(json(printDeadlock(planted, form, 'log')), [
      asTold(planted, form, printedAt(form, 'log')),
    ])
  })

  test('more servers in one stream than are kept apart close the one longest silent, as incomplete', () => {
    const form = DEADLOCK_FORMS['mysql-8.4'] as DeadlockForm
    const start = printDeadlock(sampleDeadlock(form), form, 'log').split('\n').slice(0, 9)
    const many = Array.from({ length: SOURCES_MAX + 5 }, (_, server) =>
      start.map((line) => `Mar  4 05:06:07 db${server} mysqld[1]: ${line}`).join('\n'),
    )
    const found = json(many.join('\n'))
    assert.equal(found.length, SOURCES_MAX + 5)
    assert.ok(found.every(({ incomplete }) => incomplete))
  })

  test('the batch output of the mysql client, one line with \\n in it, is a status text', () => {
    for (const [, form] of forms) {
      const deadlock = sampleDeadlock(form)
      const text = `=====\n${printDeadlock(deadlock, form, 'status')}`
      const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t')
      const batch = `Type\tName\tStatus\nInnoDB\t\t\\n${escaped}\n`
      assert.deepEqual(json(batch), [asTold(deadlock, form, printedAt(form, 'status'))])
    }
  })
})

describe('any input', () => {
  const fragments = fc.constantFrom(
    ...forms.flatMap(([, form]) => printDeadlock(sampleDeadlock(form), form, 'log').split('\n')),
    ...NOISE,
    MISLEADING_TEXT,
    '... truncated...',
    'LATEST FOREIGN KEY ERROR',
    '*** Priority TRANSACTION:',
    'TOO DEEP OR LONG SEARCH IN THE LOCK TABLE WAITS-FOR GRAPH, WE WILL ROLL BACK FOLLOWING TRANSACTION ',
    '*** TRANSACTION:',
    "update t set x = '",
    'InnoDB\t\\n\\n\\',
  )

  test('never throws, ends, and reports no whole deadlock without a ring or an older form', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fragments, fc.string()), { maxLength: 120 }), (lines) => {
        for (const deadlock of parseDeadlocks(lines.join('\n'), asWritten)) {
          assert.equal(deadlock.incomplete, deadlock.missing.length > 0)
          if (deadlock.incomplete) continue
          assert.ok(deadlock.transactions.length > 1)
          assert.ok(deadlock.transactions.every(({ waitsFor, trxId }) => waitsFor && trxId !== null))
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('bytes of any kind never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => {
        parseDeadlocks(Buffer.from(bytes).toString('latin1'))
      }),
      { numRuns: 300 },
    )
  })

  test('text made to be slow takes time in proportion to its length', () => {
    const thread = 'MySQL thread id 8, OS thread handle 1, query id 1 localhost a updating\n'
    const lock = 'RECORD LOCKS space id 1 page no 1 n bits 7 index P of table `a`.`b` trx id 1 lock_mode X\n'
    const slow: Readonly<Record<string, string>> = {
      'open quotes before headings': `*** (1) TRANSACTION:\nTRANSACTION 1, ACTIVE\n${thread}'\n`,
      'quotes opened again and again': `${thread}'\n`,
      'beginnings of transactions': `TRANSACTION 1, ACTIVE\n${thread}`,
      'half a lock line': `RECORD LOCKS space id 1 page no 1 n bits 7 index ${'` of table '.repeat(300)}\n`,
      'one lock over and over': `${lock}Record lock, heap no 2\n`,
      'colons where an address stands': `MySQL thread id 8, query id 1 ${':'.repeat(900)}\n`,
      'levels of a log': `2026-03-04  5:06:07 1 ${'[a] '.repeat(900)}\n`,
    }
    const start = '*** (1) TRANSACTION:\nTRANSACTION 1, ACTIVE\n*** CONFLICTING WITH:\n'
    for (const [what, line] of Object.entries(slow)) {
      const of = (bytes: number): number => processorMs(start + line.repeat(Math.ceil(bytes / line.length)))
      const [short, long] = [of(250_000), of(2_000_000)]
      // Eight times the text; what looks back over all of it would take sixty-four times as long.
      assert.ok(long < 40 * Math.max(short, 25), `${what}: ${short} ms for 0.25 MB, ${long} ms for 2 MB`)
    }
  })

  test('how it is cut into chunks changes nothing', async () => {
    const text = forms
      .map(([, form], at) => printDeadlock(sampleDeadlock(form, at * 100), form, 'log'))
      .join('\n')
    const bytes = Buffer.from(text)
    const whole = json(text)
    assert.equal(whole.length, forms.length)
    for (const size of [1, 2, 3, 7, 64, 1000]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      )
      const found: DeadlockJson[] = []
      for await (const each of readDeadlocks(chunks, asWritten)) found.push(deadlockJson(each))
      assert.deepEqual(found, whole, `chunks of ${size}`)
    }
  })

  test('200 MB of log use no more memory than 20 MB', async () => {
    const form = DEADLOCK_FORMS['mysql-8.4'] as DeadlockForm
    const dump = printDeadlock(sampleDeadlock(form), form, 'log')
    const megabyte = Buffer.from(`${NOISE.join('\n')}\n`.repeat(3500) + dump + 'x'.repeat(200_000))
    async function* log(count: number) {
      for (let at = 0; at < count; at += 1) yield megabyte
    }
    let peak = 0
    const measure = async (count: number) => {
      peak = 0
      for await (const _ of readDeadlocks(log(count), { once: false }))
        peak = Math.max(peak, process.memoryUsage().heapUsed)
      return peak
    }
    const small = await measure(20)
    const large = await measure(200)
    assert.ok(large < small + 64e6, `${small} to ${large} bytes of heap`)
  })
})

describe('what is kept of people', () => {
  test('no value of a record and no literal of a statement is in any output', () => {
    for (const [, form] of forms) {
      for (const channel of channels) {
        const deadlock = sampleDeadlock(form)
        const [first, ...others] = deadlock.transactions
        assert.ok(first)
        const statement = "update orders set email = 'sekret@example.com', phone = 5550199 where id = 0xfeed"
        const text = printDeadlock(
          { ...deadlock, transactions: [{ ...first, statement }, ...others] },
          form,
          channel,
        )
        for (let length = 0; length <= text.length; length += 17) {
          const out = JSON.stringify(parseDeadlocks(text.slice(0, length)))
          assert.doesNotMatch(out, /sekret|73656b726574|5550199|feed/, `cut at ${length}`)
        }
      }
    }
  })
})

describe('once', () => {
  const form = DEADLOCK_FORMS['mysql-9'] as DeadlockForm
  const text = printDeadlock(sampleDeadlock(form), form, 'log')

  test('a deadlock in status text and error log, and told twice, counts once', async () => {
    const status = printDeadlock(sampleDeadlock(form), form, 'status')
    const { deadlocks } = await deadlocksJson(`${status}\n${text}\n${text}\n${status}`)
    assert.equal(deadlocks.length, 1)
    assert.equal(parseDeadlocks(text + text, { once: false }).length, 2)
  })

  test('one seen incomplete first is replaced by the whole one', async () => {
    const cut = text.slice(0, text.indexOf('*** (2) WAITING'))
    const { deadlocks } = await deadlocksJson(`${cut}\n${text}`)
    // The cut one lacks transactions, so it is another to the key; the same cut twice is one.
    assert.deepEqual(
      deadlocks.map(({ incomplete }) => incomplete),
      [true, false],
    )
    const noVictim = text
      .split('\n')
      .filter((line) => !line.includes('WE ROLL BACK'))
      .join('\n')
    const healed = await deadlocksJson(`${noVictim}\n${text}`)
    assert.deepEqual(
      healed.deadlocks.map(({ incomplete }) => incomplete),
      [false],
    )
  })

  test('a deadlock whose status text was written a second before the log, or after, counts once', async () => {
    for (const at of ['05:06:06', '05:06:08']) {
      const status = printDeadlock(sampleDeadlock(form), form, 'status').replaceAll('05:06:07', at)
      assert.ok(status.includes(at))
      assert.equal(parseDeadlocks(`${status}\n${text}`).length, 1)
      assert.equal((await deadlocksJson(`${text}\n${status}`)).deadlocks.length, 1)
    }
  })

  test('other transactions, or the same of another server long after, are another deadlock', () => {
    const other = printDeadlock(sampleDeadlock(form, 5000), form, 'log')
    const later = text.replaceAll('05:06:07', '05:08:09')
    assert.equal(parseDeadlocks(`${text}${other}${later}`).length, 3)
  })
})

test('a whole report always shows its ring, except where the form hides it', () => {
  for (const [, form] of forms) {
    const [deadlock] = parseDeadlocks(printDeadlock(sampleDeadlock(form), form, 'status'))
    assert.ok(deadlock)
    const graph = deadlockGraph(deadlock)
    assert.deepEqual(graph.cycle, form.locks === 'classic' ? [1, 2] : [1, 2, 3])
    assert.equal(graph.certain, form.locks !== 'classic')
  }
})

/** What reading a text takes of the processor, whoever else is at work, ms. */
function processorMs(text: string): number {
  const before = process.cpuUsage()
  parseDeadlocks(text, asWritten)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
