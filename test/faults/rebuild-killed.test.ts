/** A rebuild whose process is killed at 50 random instants: no row is lost, and either the old schema is whole or the new one. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSession, proposeChange, sendPlan } from '../support/column-change.ts'
import { type Found, killDuring, type Left } from '../support/rebuild-kills.ts'
import { definitions, type Kind, makeDatabase, rowsDigest } from '../support/rebuilt-tables.ts'

const KILLS = 50
const LANES = 2
const ROWS = 2_000
const CHANGE = { table: 'orders', column: 'qty', type: 'INTEGER' }

test(`a rebuild killed at ${KILLS} random instants loses no row and leaves a whole schema`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-rebuild-killed-'))
  try {
    const kinds: readonly Kind[] = ['autoincrement', 'without-rowid']
    const lanes = Array.from({ length: LANES }, (_, lane) =>
      playLane(join(folder, String(lane)), kinds[lane] ?? 'autoincrement'),
    )
    const found = (await Promise.all(lanes)).flat()
    assert.equal(found.length, KILLS)
    assert.deepEqual(
      found.flatMap(({ problems }) => problems),
      [],
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** A lane has a file of its own, which is put back to what it was before each kill. */
async function playLane(folder: string, kind: Kind): Promise<readonly Left[]> {
  mkdirSync(folder)
  const [file, template] = [join(folder, 'shop.sqlite'), join(folder, 'template')]
  makeDatabase(template, kind, ROWS)
  const putBack = (): void => {
    for (const name of readdirSync(folder)) if (name !== 'template') rmSync(join(folder, name))
    copyFileSync(template, file)
  }
  putBack()
  const [rows, { others }] = [rowsDigest(file), definitions(file)]
  const look = (): Found => {
    const found = definitions(file)
    const problems = [
      ...(rowsDigest(file) === rows ? [] : ['rows are not the same']),
      ...(JSON.stringify(found.others) === JSON.stringify(others) ? [] : ['definitions are not the same']),
      ...(['TEXT', 'INTEGER'].includes(found.type) ? [] : [`the type is ${found.type}`]),
    ]
    return { isChanged: found.type === 'INTEGER', problems }
  }
  const session = await openSession(file)
  const { plan } = await proposeChange(session, CHANGE)
  const began = performance.now()
  assert.equal(await sendPlan(session, plan), null)
  const duration = performance.now() - began
  await session.close()
  const found: Left[] = []
  while (found.length < KILLS / LANES) {
    putBack()
    found.push(await killDuring(file, plan, { afterMs: Math.random() * duration, look }))
  }
  return found
}
