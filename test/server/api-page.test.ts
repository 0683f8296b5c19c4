/** The page of the API: all of the description, nothing that runs, nothing from elsewhere. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { apiPage } from '../../src/server/api-page/index.ts'
import { type ApiWorld, makeApiWorld } from './support/api-world.ts'

let api: ApiWorld
before(async () => {
  api = await makeApiWorld()
})
after(() => api.stop())

const get = (url: string) => api.app.inject({ url })
const idsOf = (page: string): readonly string[] =>
  [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id ?? '')

test('anybody may read it: every operation with its right, its parameters and what it answers', async () => {
  const answer = await get('/api/reference')
  assert.equal(answer.statusCode, 200)
  assert.match(String(answer.headers['content-type']), /^text\/html/)
  const { paths } = (await get('/api/openapi.json')).json() as {
    readonly paths: Record<
      string,
      Record<
        string,
        { readonly 'x-right': string; readonly parameters?: readonly { readonly name: string }[] }
      >
    >
  }
  const articles = answer.body.split('<article id="operation-').slice(1)
  const operations = Object.entries(paths).flatMap(([path, of]) =>
    Object.entries(of).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  )
  assert.equal(articles.length, operations.length)
  for (const { name, operation } of operations) {
    const article = articles.find((each) => each.includes(`<h3><code>${name}</code></h3>`)) ?? ''
    assert.ok(article.includes(`Right: <code>${operation['x-right']}</code>`), name)
    for (const parameter of operation.parameters ?? [])
      assert.ok(article.includes(`<code>${parameter.name}</code> in `), `${name} ${parameter.name}`)
  }
})

test('nothing on it runs or comes from elsewhere, and the policy it is served under allows no such thing', async () => {
  const page = await get('/api/reference')
  assert.doesNotMatch(page.body, /<script|<iframe|<form|<img|javascript:| on[a-z]+="| style="|<style/i)
  const addresses = [...page.body.matchAll(/(?:href|src)="([^"#][^"]*)"/g)].map(([, address]) => address)
  assert.deepEqual([...new Set(addresses)], ['/api/reference.css', '/api/openapi.json'])
  const policy = String(page.headers['content-security-policy'])
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /unsafe|https?:|\*/)
  const style = await get('/api/reference.css')
  assert.match(String(style.headers['content-type']), /^text\/css/)
  assert.doesNotMatch(style.body, /url\(|@import/)
  const again = await api.app.inject({
    url: '/api/reference',
    headers: { 'if-none-match': String(page.headers['etag']) },
  })
  assert.equal(again.statusCode, 304)
})

test('each place has one name, and every link on it leads to one', async () => {
  const { body } = await get('/api/reference')
  const ids = idsOf(body)
  assert.equal(new Set(ids).size, ids.length)
  const led = [...body.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id ?? '')
  assert.deepEqual(
    led.filter((id) => !ids.includes(id)),
    [],
  )
  assert.ok(ids.includes('schema-problem') && ids.includes('schema-decision'))
  assert.ok(!ids.includes('schema-issueinput'), 'a schema that no operation names is not shown')
})

test('no text of a description is read as markup', () => {
  const hostile = '"><script>alert(1)</script>\' onload=x &amp;'
  const schema = {
    type: 'object',
    description: hostile,
    properties: { [hostile]: { const: hostile }, b: { enum: [hostile], default: hostile, pattern: hostile } },
  }
  const page = apiPage({
    info: { title: hostile, version: hostile, description: hostile },
    paths: {
      [`/${hostile}`]: {
        get: {
          summary: hostile,
          tags: [hostile],
          'x-right': hostile,
          parameters: [{ name: hostile, in: hostile, description: hostile, schema }],
          requestBody: { content: { [hostile]: { schema } } },
          responses: { '200': { content: { [hostile]: { schema } } }, [hostile]: { description: hostile } },
        },
      },
    },
    components: { schemas: { [hostile]: schema } },
  })
  assert.doesNotMatch(page, /<script|"><|' onload=x &amp;[^a-z]/)
  assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/)
})
