/** The catalogue: everything that may ever be done, whether it is allowed here, and how it went so far. */
import './around.css'
import { Badge, NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { CatalogueItem } from '../../../src/server/api-types.ts'
import { catalogueQuery } from '../api/around.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Page } from '../parts/page.tsx'
import { RowList } from '../parts/row-list.tsx'
import { useTyped } from '../parts/use-typed.ts'
import { wordsOf } from '../parts/words.ts'
import { recordText } from './action-record.ts'

const route = getRouteApi('/inside/actions')

type Search = ReturnType<typeof route.useSearch>

const RISKS = [
  { value: '', label: 'Any risk' },
  { value: 'LOW', label: 'Low' },
  { value: 'MEDIUM', label: 'Medium' },
  { value: 'HIGH', label: 'High' },
]
const SHOWN = [
  { value: '', label: 'All' },
  { value: 'on', label: 'Switched on' },
  { value: 'off', label: 'Switched off' },
  { value: 'ran', label: 'Ran here' },
]

/** The page. */
export function ActionsPage() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { data, error, refetch } = useQuery(catalogueQuery)
  const change = (name: keyof Search, value: string): void =>
    void navigate({ search: (old) => ({ ...old, [name]: value === '' ? undefined : value }), replace: true })
  const shown = (data ?? []).filter((item) => fits(item, search))
  return (
    <Page
      title="Actions"
      about="The only ways anything is ever changed. Whatever is proposed is one of these, with typed parameters."
    >
      <Filters search={search} change={change} categories={categoriesOf(data ?? [])} />
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data !== undefined && shown.length === 0 && (
        <EmptyState title="No action is like that">
          <Link to="/actions" search={{}}>
            Show all {data.length}
          </Link>
        </EmptyState>
      )}
      {shown.length > 0 && (
        <RowList label="Actions">
          {shown.map((item) => (
            <ActionRow key={item.actionName} item={item} />
          ))}
        </RowList>
      )}
    </Page>
  )
}

const categoriesOf = (items: readonly CatalogueItem[]): readonly string[] => [
  ...new Set(items.map((item) => item.actionCategory)),
]

function fits(item: CatalogueItem, { risk, category, shown, q }: Search): boolean {
  if (risk !== undefined && item.riskLevel !== risk) return false
  if (category !== undefined && item.actionCategory !== category) return false
  if (shown === 'on' && item.enabled !== true) return false
  if (shown === 'off' && item.enabled !== false) return false
  if (shown === 'ran' && item.record.runs === 0) return false
  const words = `${item.actionName} ${item.title}`.toLowerCase()
  return q === undefined || words.includes(q.toLowerCase())
}

function Filters({
  search,
  change,
  categories,
}: {
  readonly search: Search
  readonly change: (name: keyof Search, value: string) => void
  readonly categories: readonly string[]
}) {
  const { text, type } = useTyped(search.q ?? '', (value) => change('q', value))
  const field = (name: 'risk' | 'category' | 'shown') => ({
    value: search[name] ?? '',
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      change(name, event.currentTarget.value),
  })
  const kinds = categories.map((value) => ({ value, label: wordsOf(value) }))
  return (
    <search className="filters" aria-label="Filter actions">
      <NativeSelect label="Shown" data={SHOWN} {...field('shown')} />
      <NativeSelect label="Risk" data={RISKS} {...field('risk')} />
      <NativeSelect label="Kind" data={[{ value: '', label: 'Any kind' }, ...kinds]} {...field('category')} />
      <TextInput
        label="Name"
        placeholder="part of its name"
        maxLength={100}
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
      />
    </search>
  )
}

function ActionRow({ item }: { readonly item: CatalogueItem }) {
  const [engine = '', action = ''] = item.actionName.split('/')
  return (
    <li>
      <Link to="/actions/$engine/$action" params={{ engine, action }} className="row row-short">
        <span className="row-badges">
          <CodeBadge code={item.riskLevel} what="Risk" />
          {item.enabled === false && (
            <Badge color="gray" radius="sm" className="code-badge">
              Off
            </Badge>
          )}
        </span>
        <span className="row-main">
          <strong>{item.title}</strong>
          <div className="quiet break">{item.actionName}</div>
        </span>
        <span className="row-end quiet">{recordText(item.record)}</span>
      </Link>
    </li>
  )
}
