import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, actScene, IDENTITY, type SceneOptions } from '../../../test/support/act-scene.ts'
import { DbmedicError } from '../../core/errors.ts'
import { executeApproved } from './executor.ts'

async function execute(options: SceneOptions = {}) {
  const scene = actScene(options)
  const executed = await executeApproved(scene.runnable, scene.input)
  return { ...scene, executed, sent: scene.happened.filter((h) => h.startsWith('send')) }
}
const ALL = ['send SET a', 'send ONE', 'send TWO', 'send THREE']

describe('a run', () => {
  test('exists before the target is touched, is begun before anything is sent, and each step is recorded first', async () => {
    const { happened, executed } = await execute()
    assert.deepEqual(happened, [
      'queued',
      'open',
      'started',
      ...['SET a', 'ONE', 'TWO', 'THREE'].flatMap((s) => [
        `record ${s} before`,
        `send ${s}`,
        `record ${s} after`,
      ]),
      'postcondition',
      'finished COMPLETED SUCCESS',
      'close',
    ])
    assert.deepEqual(executed, { executionId: 9, outcome: 'SUCCESS', because: null })
  })

  test('counts affected rows of statements, not of guards', async () =>
    assert.equal((await execute()).ends[0]?.affectedRows, 6))

  test('that another executor took is not touched', async () => {
    const { executed, happened } = await execute({ port: { queueExecution: async () => null } })
    assert.equal(executed, null)
    assert.deepEqual(happened, [])
  })

  test('of an undo sends the approved undo plan, and means that the postcondition holds no more', async () => {
    const back = await execute({ purpose: 'UNDO', holdsFirst: [true], holds: false })
    assert.deepEqual(back.sent, ['send SET a', 'send BACK'])
    assert.equal(back.executed?.outcome, 'SUCCESS')
    assert.equal((await execute({ purpose: 'UNDO', holds: true })).executed?.outcome, 'FAILED')
  })

  for (const [first, then, outcome] of [
    ['there', 'gone', 'SUCCESS'],
    ['there', 'there', 'FAILED'],
    ['there', 'other', 'FAILED'],
    ['there', 'unknown', 'UNKNOWN'],
    ['gone', 'gone', 'REFUSED'],
    ['other', 'gone', 'REFUSED'],
    ['unknown', 'gone', 'REFUSED'],
  ] as const) {
    test(`of an undo asks for the effect alone where the action tells it: ${first}, then ${then}`, async () => {
      const said = [first, then]
      const scene = actScene({ purpose: 'UNDO', holds: 'throws' })
      const { actionOf } = scene.input
      const executed = await executeApproved(scene.runnable, {
        ...scene.input,
        actionOf: (name, version) => {
          const action = actionOf(name, version)
          const effect = async () => ({ is: said.shift() ?? 'unknown', found: 'the file' }) as const
          return action === null ? null : { ...action, effect }
        },
      })
      assert.equal(executed?.outcome, outcome, executed?.because ?? '')
      assert.equal(scene.happened.includes('send BACK'), outcome !== 'REFUSED')
    })
  }

  for (const [holds, because] of [
    [false, /is not there any more: the index/],
    ['unknown', /could not be checked: the index/],
    ['throws', /could not be checked: no privilege/],
  ] as const) {
    test(`of an undo is refused where the effect it would take back is ${holds}`, async () => {
      const { sent, executed } = await execute({ purpose: 'UNDO', holds })
      assert.deepEqual([sent, executed?.outcome], [[], 'REFUSED'])
      assert.match(executed?.because ?? '', because)
    })
  }
})

describe('a step that the server refuses', () => {
  for (const [at, statement, outcome, status] of [
    [0, 'SET a', 'FAILED', 'FAILED'],
    [1, 'ONE', 'FAILED', 'FAILED'],
    [2, 'TWO', 'PARTIAL_SUCCESS', 'COMPLETED'],
    [3, 'THREE', 'PARTIAL_SUCCESS', 'COMPLETED'],
  ] as const) {
    test(`at ${at} ends the run there: ${outcome}, with what the server said`, async () => {
      const { sent, executed, ends } = await execute({ answers: { [statement]: 'no' } })
      assert.deepEqual(sent, ALL.slice(0, at + 1))
      assert.deepEqual(executed, { executionId: 9, outcome, because: 'Lock wait timeout exceeded' })
      assert.equal(ends[0]?.status, status)
      assert.deepEqual([ends[0]?.steps.length, ends[0]?.steps.at(-1)?.ok], [at + 1, false])
    })
  }
})

describe('a step of one transaction', () => {
  const whole = async (options: SceneOptions) => {
    const scene = actScene(options)
    const { actionOf } = scene.input
    const executed = await executeApproved(scene.runnable, {
      ...scene.input,
      actionOf: (name, version) => {
        const action = actionOf(name, version)
        return action === null ? null : { ...action, isOneTransaction: true }
      },
    })
    return { ...executed, asked: scene.happened.includes('postcondition'), end: scene.ends[0]?.status }
  }
  for (const answer of ['no', 'gone'] as const)
    test(`that is not the last leaves nothing of those before it: ${answer}`, async () => {
      // The connection still sees what it never committed: it is not asked.
      const { outcome, because, asked, end } = await whole({ answers: { THREE: answer }, holds: true })
      assert.deepEqual([outcome, asked, end], ['FAILED', false, 'FAILED'])
      assert.match(because ?? '', /; nothing of it was committed$/)
    })

  test('that is the first is refused where it was not sent, and fails where it was', async () => {
    assert.equal((await whole({ answers: { ONE: 'gone' } })).outcome, 'REFUSED')
    assert.equal((await whole({ answers: { ONE: 'no' } })).outcome, 'FAILED')
  })

  test('that is the last is judged by what is there', async () => {
    assert.equal((await whole({})).outcome, 'SUCCESS')
    assert.equal((await whole({ holds: false })).outcome, 'FAILED')
  })
})

describe('a step whose bound connection or statement is gone', () => {
  test('is a refusal where nothing was changed before it', async () => {
    const { sent, executed } = await execute({ answers: { ONE: 'gone' } })
    assert.deepEqual(sent, ALL.slice(0, 2))
    assert.equal(executed?.outcome, 'REFUSED')
  })

  test('is no refusal where something was: the record says what ran', async () =>
    assert.equal((await execute({ answers: { TWO: 'gone' } })).executed?.outcome, 'PARTIAL_SUCCESS'))
})

describe('a connection that is lost while a statement may have run', () => {
  const lost: { readonly [s: string]: Answer } = { TWO: 'lost' }

  test('is asked about on a fresh one, and nothing is sent again', async () => {
    const { sent, executed, happened, ends } = await execute({ answers: lost })
    assert.deepEqual(sent, ALL.slice(0, 3))
    assert.equal(executed?.outcome, 'SUCCESS')
    assert.equal(happened.filter((h) => h === 'open').length, 2)
    assert.equal(happened.filter((h) => h === 'close').length, 2)
    assert.deepEqual(
      [ends[0]?.steps.at(-1)?.ok, ends[0]?.steps.at(-1)?.endedAt],
      [null, null],
      'nobody knows',
    )
  })

  test('whose effect is not there, and whose connection is gone, has not happened: the record says so', async () => {
    const first = await execute({ answers: { ONE: 'lost' }, holds: false })
    assert.deepEqual([first.executed?.outcome, first.ends[0]?.status], ['FAILED', 'FAILED'])
    assert.ok(first.happened.includes('end 7'), 'the lost connection cannot come back')
    const second = await execute({ answers: lost, holds: false })
    assert.deepEqual([second.executed?.outcome, second.ends[0]?.status], ['PARTIAL_SUCCESS', 'COMPLETED'])
  })

  for (const [what, options] of [
    ['does not hold yet, and its connection lives', { holds: false, former: 'working' }],
    ['does not hold, and nobody knows of its connection', { holds: false, former: 'throws' }],
    ['cannot be told', { holds: 'unknown' }],
    ['cannot be asked', { holds: 'throws' }],
    ['has nobody to ask', { unreachable: 'again' }],
  ] as const) {
    test(`is UNKNOWN where the postcondition ${what}`, async () => {
      const { executed, ends } = await execute({ answers: lost, ...options })
      assert.equal(executed?.outcome, 'UNKNOWN')
      assert.equal(ends[0]?.status, 'FAILED')
    })
  }

  describe('on a target that cannot be reached any more', () => {
    /** Loses TWO; the target can be reached again after `awayMs`, or never. Its statements have 1 s. */
    async function loseFor(awayMs: number, options: SceneOptions = {}) {
      let nowMs = 0
      const wait = async (ms: number): Promise<void> => {
        nowMs += ms
      }
      const scene = actScene({
        answers: lost,
        holds: false,
        ...options,
        input: { nowMs: () => nowMs, wait, ...options.input },
      })
      const { actuator } = scene.input
      const open: typeof actuator.open = async () => {
        if (nowMs > 0 && nowMs < awayMs) throw new Error('connection refused')
        if (nowMs === 0 && scene.happened.includes('open')) throw new Error('connection refused')
        return actuator.open()
      }
      const executed = await executeApproved(scene.runnable, { ...scene.input, actuator: { open } })
      return { ...scene, executed, waitedMs: nowMs }
    }

    test('is not ended before the time of its statement is over, and what is found then decides', async () => {
      const { executed, happened, waitedMs } = await loseFor(20_000)
      assert.equal(executed?.outcome, 'PARTIAL_SUCCESS')
      assert.ok(happened.includes('end 7'), 'its connection cannot come back')
      assert.equal(waitedMs, 23_500)
    })

    test('is UNKNOWN once that time and the margin of a cancel are over, and says why', async () => {
      const { executed, waitedMs } = await loseFor(Number.POSITIVE_INFINITY)
      assert.equal(executed?.outcome, 'UNKNOWN')
      assert.match(executed?.because ?? '', /could not be asked afterwards/)
      assert.ok(waitedMs >= 31_000 && waitedMs < 40_000, `${waitedMs} ms`)
    })

    test('is left to whoever takes it over once its lease is lost', async () => {
      const { ends, waitedMs } = await loseFor(Number.POSITIVE_INFINITY, {
        input: { lease: { owner: 'me', seconds: 2 } },
      })
      assert.deepEqual(ends, [])
      assert.ok(waitedMs < 10_000, `${waitedMs} ms`)
    })
  })

  test('during a guard is a plain failure: no statement had been sent', async () => {
    const { executed } = await execute({ answers: { 'SET a': 'lost' } })
    assert.equal(executed?.outcome, 'FAILED')
    assert.match(executed?.because ?? '', /no statement had been sent/)
  })
})

describe('success', () => {
  test('is never merely that nothing was thrown', async () => {
    assert.equal((await execute({ holds: false })).executed?.outcome, 'FAILED')
    assert.equal((await execute({ holds: 'unknown' })).executed?.outcome, 'UNKNOWN')
    assert.equal((await execute({ holds: 'throws' })).executed?.outcome, 'UNKNOWN')
  })
})

describe('whatever fails before a statement is sent is a refusal on the record', () => {
  for (const [what, options, because] of [
    ['a target that cannot be reached', { unreachable: 'always' }, /cannot be reached: connection refused/],
    [
      'a vote that is not valid',
      { input: { verifyVotes: async () => 'the signature is wrong' } },
      /signature is wrong/,
    ],
    [
      'a check that fails',
      {
        input: {
          resolve: async () => {
            throw new Error('a bug')
          },
        },
      },
      /could not be established: a bug/,
    ],
    [
      'figures that cannot be measured',
      {
        input: {
          measureBefore: async () => {
            throw new Error('no samples')
          },
        },
      },
      /no samples/,
    ],
    [
      'a store that refuses the start',
      {
        port: {
          startExecution: async () => {
            throw new DbmedicError('DBM_STORE_REFUSED', { rule: 'GOV-041' })
          },
        },
      },
      /GOV-041/,
    ],
    [
      'another server',
      { identity: { known: true, value: { ...IDENTITY, instanceUid: 'x' }, at: '', source: '' } },
      /another server answers/,
    ],
  ] as const) {
    test(what, async () => {
      const { executed, sent, ends } = await execute(options as SceneOptions)
      assert.deepEqual(sent, [])
      assert.deepEqual([executed?.outcome, ends[0]?.status], ['REFUSED', 'FAILED'])
      assert.match(executed?.because ?? '', because)
    })
  }
})

describe('a lost lease', () => {
  test('stops the run before the next statement, and leaves its end to whoever took over', async () => {
    let records = 0
    const refusing = {
      recordSteps: async () => {
        records += 1
        if (records > 4) throw new DbmedicError('DBM_STORE_REFUSED', { rule: 'GOV-046' })
      },
    }
    const { sent, ends, executed } = await execute({ port: refusing })
    assert.deepEqual(sent, ALL.slice(0, 2))
    assert.deepEqual(ends, [])
    assert.equal(executed?.outcome, 'UNKNOWN')
  })

  test('that is noticed while a statement runs cancels it', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const scene = actScene({ port: { renewLease: async () => false } })
    const { actuator } = scene.input
    const slow = {
      open: async () => {
        const session = await actuator.open()
        return {
          ...session,
          send: async (s: Parameters<typeof session.send>[0]) => {
            const result = await session.send(s)
            if (s.text !== 'ONE') return result
            t.mock.timers.tick(20_000)
            await new Promise((resolve) => setImmediate(resolve))
            return { ...result, ok: false }
          },
        }
      },
    }
    const executed = await executeApproved(scene.runnable, { ...scene.input, actuator: slow })
    assert.ok(scene.happened.includes('cancel'))
    assert.deepEqual(scene.ends, [])
    assert.equal(executed?.outcome, 'UNKNOWN')
  })

  test('is not assumed while the store merely does not answer', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const away = async (): Promise<boolean> => {
      throw new Error('the store is away')
    }
    const scene = actScene({ port: { renewLease: away } })
    const { actuator } = scene.input
    const slow = {
      open: async () => {
        const session = await actuator.open()
        return {
          ...session,
          send: async (s: Parameters<typeof session.send>[0]) => {
            t.mock.timers.tick(20_000)
            await new Promise((resolve) => setImmediate(resolve))
            return session.send(s)
          },
        }
      },
    }
    assert.equal(
      (await executeApproved(scene.runnable, { ...scene.input, actuator: slow }))?.outcome,
      'SUCCESS',
    )
  })
})
