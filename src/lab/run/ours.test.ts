import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DecisionStory, Story } from '../../app/index.ts'
import { isOurs, whyNotOurs } from './ours.ts'

type OnStage = Parameters<typeof whyNotOurs>[0]

const scene = (staging: object | undefined) =>
  ({
    staging,
    watched: { schema: 'dbmediclab01' },
    stage: { connectionIds: () => new Set(['17']) },
  }) as unknown as OnStage
const made = (objects: readonly string[], parameters: object = {}) =>
  ({ binding: { objects: objects.map((name) => ({ name })), parameters } }) as unknown as DecisionStory
const ends = (connectionId: string) => ({ connection: { connectionId } })

describe('on a server of the user’s the scripted approver votes', () => {
  const CASES: readonly (readonly [string, DecisionStory, RegExp | null])[] = [
    ['for a plan about a table of the lab’s schema', made(['`dbmediclab01`.`ledger`']), null],
    ['not for one about another schema', made(['`shop`.`ledger`']), /not of the lab/],
    ['not for one about a schema whose name begins alike', made(['`dbmediclab012`.`t`']), /not of the lab/],
    ['not for one about both', made(['`dbmediclab01`.`t`', '`shop`.`t`']), /not of the lab/],
    ['for one that ends a session of the lab', made([], ends('17')), null],
    ['not for one that ends another', made([], ends('18')), /ends a session/],
    [
      'not for one that ends another beside a table of the lab',
      made(['`dbmediclab01`.`t`'], ends('18')),
      /ends a session/,
    ],
    ['not for one that names nothing of the lab', made([]), /names nothing/],
  ]
  for (const [title, story, why] of CASES)
    test(title, () => {
      const against = whyNotOurs(scene({}), story)
      if (why === null) assert.equal(against, null)
      else assert.match(against ?? '', why)
      assert.equal(whyNotOurs(scene(undefined), story), null, 'a private server is ours whole')
    })
})

test('an issue counts if it speaks of the lab’s schema anywhere', () => {
  const own = {
    issue: { affectedResourceName: 'select ?' },
    events: [{ rawContext: '{"schema":"dbmediclab01"}' }],
  }
  const other = { issue: { affectedResourceName: 'shop.orders' }, events: [] }
  assert.equal(isOurs(scene({}), own as unknown as Story), true)
  assert.equal(isOurs(scene({}), other as unknown as Story), false)
  assert.equal(isOurs(scene(undefined), other as unknown as Story), true)
})
