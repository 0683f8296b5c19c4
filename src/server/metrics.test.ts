/** What a scrape costs the store. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFull } from '../../test/contract/store/context.ts'
import { startStore } from '../../test/store/support/stores.ts'
import { makeIssue, makeWorld } from '../../test/support/pipeline-rows.ts'
import { createMetrics } from './metrics.ts'

test('many who scrape at once and soon after ask the store once, and get the same figures', async () => {
  const server = await startStore('sqlite')
  let asked: string[] = []
  const store = await openFull(server, (sql, when) => void (when === 'before' && asked.push(sql)))
  const world = await makeWorld(store)
  await makeIssue(world, 'shop.orders')
  asked = []
  const figures = await store.browse.figures()
  const all = asked
  assert.deepEqual(figures.openIssues, [{ state: 'DETECTED', severity: 'WARNING', count: 1 }])

  asked = []
  const means = { detectSeconds: 1, acknowledgeSeconds: 2, resolveSeconds: null }
  const known = await store.browse.figures(means)
  assert.deepEqual({ ...known, ...means }, known, 'means that are known are taken as they are')
  const ofMeans = all.filter((sql) => !asked.includes(sql))
  assert.equal(ofMeans.length, 3)
  assert.ok(ofMeans.every((sql) => sql.includes('AVG(')))

  asked = []
  await store.browse.watchingCosts()
  await store.read.report('kpis')
  await store.browse.reliability(null)
  await store.read.report('health')
  const ofReports = asked
  asked = []
  const metrics = createMetrics(store, { open: 7 })
  const texts = await Promise.all(Array.from({ length: 50 }, () => metrics.text()))
  assert.deepEqual(asked, [...all, ...ofReports])
  await makeIssue(world, 'shop.customers')
  asked = []
  texts.push(await metrics.text())
  assert.deepEqual(asked, [], 'within five seconds')
  assert.equal(new Set(texts).size, 1)
  assert.match(String(texts[0]), /^dbmedic_issues_open\{state="DETECTED",severity="WARNING"\} 1$/m)
  assert.match(String(texts[0]), /^dbmedic_http_event_streams 7$/m)
  assert.match(String(texts[0]), /^dbmedic_kpi_denominator\{kpi="recovery_success"\} 0$/m)
  assert.doesNotMatch(String(texts[0]), /^dbmedic_kpi_ratio\{kpi="recovery_success"\}/m, 'nothing is not 0 %')
  assert.match(String(texts[0]), /^dbmedic_store_alert\{condition="recovery_size"\} 0$/m)
  assert.match(String(texts[0]), /^dbmedic_recovery_size_bytes [1-9]\d*$/m)
  assert.doesNotMatch(String(texts[0]), /^dbmedic_store_alert\{condition="failed_attempts"\}/m, 'not known')
  assert.match(String(texts[0]), /^dbmedic_kpi_numerator\{kpi="time_to_detect"\} 1$/m)
  assert.match(String(texts[0]), /^dbmedic_kpi_seconds\{kpi="time_to_detect",quantile="0\.5"\} 30\.\d+$/m)
  await store.close()
  await server.stop()
})
