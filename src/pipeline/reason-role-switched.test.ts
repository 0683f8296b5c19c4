/** The reason role and an error whose recovery a person switched off, on a real store. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openFull } from '../../test/contract/store/context.ts'
import { startStore, type TestStore } from '../../test/store/support/stores.ts'
import { makeWorld, newEvent, sha256, type World } from '../../test/support/pipeline-rows.ts'
import { makeReasoner, turnOf } from '../../test/support/reasoner.ts'
import { FailureExplainer } from '../app/explain-failures.ts'

let server: TestStore
let world: World
before(async () => {
  server = await startStore('sqlite')
  world = await makeWorld(await openFull(server))
})
after(async () => {
  await world.store.close()
  await server.stop()
})

test('proposes nothing for an error that a person switched off, and says who and why; any other it does', async () => {
  const [off, on] = [sha256('switched off'), sha256('left on')]
  const { serve, reason, observe, read } = world.store
  for (const signature of [off, on]) {
    const site = {
      targetId: null,
      application: null,
      outcome: 'thrown',
      statement: null,
      place: null,
    } as const
    const kind = { signature, engine: 'mariadb', code: '1146', failureType: 'TABLE_NOT_FOUND' }
    await serve.recordFailures({
      ...{ workspaceId: 1, reportedBy: 'anna', batchDigest: signature, bodyDigest: signature, dropped: 0 },
      failures: [{ kind: { ...kind, object: 'shop.a', masked: 'x' }, site, count: 1, longestMs: 1 }],
    })
  }
  const explainer = new FailureExplainer(reason.recovery, () => undefined)
  while (await explainer.turn());
  await serve.switchRecovery({
    ...{ workspaceId: 1, signature: off, on: false, reason: 'the vendor is at it', by: 'bert' },
  })
  for (const signature of [off, on])
    await observe.appendEvents([
      await newEvent(world, signature, {
        ...{ affectedResourceType: 'failure', rawContext: `{"key":"${signature}"}`, opensAtOnce: true },
      }),
    ])
  const { made, lines } = makeReasoner(world)
  assert.equal(await turnOf(world, made), true)
  const issues = await read.issues({ limit: 10 })
  const issueOf = (resource: string) =>
    issues.find((each) => each.affectedResourceName === resource)?.issueId ?? assert.fail(resource)
  assert.deepEqual(await read.decisions({ issueId: issueOf(off), limit: 10 }), [])
  assert.equal((await read.decisions({ issueId: issueOf(on), limit: 10 })).length, 1)
  const [analysis] = await read.analyses(issueOf(off))
  assert.equal(analysis?.analysisStatus, 'ABSTAINED')
  assert.match(
    analysis?.recommendationSummary ?? '',
    /bert switched recovery off for this error \(the vendor is at it\)\. .*errors recovery [0-9a-f]{12} --on/,
  )
  assert.match(JSON.stringify(lines), /no action can be proposed/)
})
