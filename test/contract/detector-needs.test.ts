import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { MYSQL_DETECTORS } from '../../src/detectors/index.ts'
import { onEachServer } from '../support/each-server.ts'
import { prepareTarget } from '../support/mysql-target.ts'
import { observe } from '../support/observe.ts'

onEachServer('needs of detectors', ({ server }) => {
  before(() => prepareTarget(server()))

  test('are capabilities that a target reports', async () => {
    const observer = observe(server())
    const ids = new Set((await observer.capabilities()).map((one) => one.id))
    await observer.close()
    const unmet = MYSQL_DETECTORS.flatMap((one) =>
      one.needs.filter((need) => !ids.has(need)).map((need) => `${one.id}: ${need}`),
    )
    assert.deepEqual(unmet, [])
  })
})
