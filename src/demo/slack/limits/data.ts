import {
  choiceIn,
  fault,
  inside,
  integerIn,
  isObject,
  type Json,
  listAt,
  objectAt,
  onlyFields,
  type Place,
  stringIn,
  unique,
} from './report.ts'
import { checkRichText } from './text.ts'

/**
 * A chart: 1 to 12 series with at most 20 points, labels of 20 characters, every series with a value for every category.
 * https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
 */
export const checkChart = (place: Place, block: Json): void => {
  onlyFields(place, block, ['type', 'block_id', 'title', 'chart'])
  stringIn(place, block, 'title', { max: 50, min: 1, required: true })
  const here = inside(place, 'chart')
  const chart = objectAt(here, block['chart'])
  if (!chart) return
  choiceIn(here, chart, 'type', { of: ['line', 'bar', 'area', 'pie'], required: true })
  if (chart['type'] === 'pie') checkPie(here, chart)
  else checkSeries(here, chart)
}

const checkPie = (place: Place, chart: Json): void => {
  const segments = inside(place, 'segments')
  for (const [index, value] of listAt(segments, chart['segments'], 1, 12).entries()) {
    const segment = objectAt(inside(segments, index), value)
    if (segment) checkPoint(inside(segments, index), segment)
    if (segment && !(Number(segment['value']) > 0)) fault(inside(inside(segments, index), 'value'), 'must be more than 0')
  }
}

const checkSeries = (place: Place, chart: Json): void => {
  onlyFields(place, chart, ['type', 'series', 'axis_config'])
  const axisPlace = inside(place, 'axis_config')
  const axis = objectAt(axisPlace, chart['axis_config'])
  if (!axis) return
  onlyFields(axisPlace, axis, ['categories', 'x_label', 'y_label'])
  stringIn(axisPlace, axis, 'x_label', { max: 50 })
  stringIn(axisPlace, axis, 'y_label', { max: 50 })
  const categories = listAt(inside(axisPlace, 'categories'), axis['categories'], 1, 20)
  unique(inside(axisPlace, 'categories'), 'categories', categories)
  for (const [index, category] of categories.entries())
    stringIn(inside(axisPlace, 'categories'), { [index]: category }, String(index), { max: 20, min: 1, required: true })
  const series = listAt(inside(place, 'series'), chart['series'], 1, 12)
  for (const [index, value] of series.entries()) checkOneSeries(inside(inside(place, 'series'), index), value, categories)
  unique(
    inside(place, 'series'),
    'names of series',
    series.map((one) => (isObject(one) ? one['name'] : undefined)),
  )
}

const checkOneSeries = (place: Place, value: unknown, categories: readonly unknown[]): void => {
  const series = objectAt(place, value)
  if (!series) return
  onlyFields(place, series, ['name', 'data'])
  stringIn(place, series, 'name', { max: 20, min: 1, required: true })
  const points = listAt(inside(place, 'data'), series['data'], 1, 20)
  for (const [index, point] of points.entries()) {
    const here = inside(inside(place, 'data'), index)
    const checked = objectAt(here, point)
    if (checked) checkPoint(here, checked)
  }
  const labels = points.map((point) => (isObject(point) ? point['label'] : undefined))
  if (labels.length !== categories.length || categories.some((category) => !labels.includes(category)))
    fault(inside(place, 'data'), 'needs one point for each category')
}

const checkPoint = (place: Place, point: Json): void => {
  onlyFields(place, point, ['label', 'value'])
  stringIn(place, point, 'label', { max: 20, min: 1, required: true })
  if (typeof point['value'] !== 'number' || !Number.isFinite(point['value'])) fault(inside(place, 'value'), 'must be a number')
}

/** 2 to 101 rows of one length, at most 20 columns and 10,000 characters; no rich text in the header. https://docs.slack.dev/reference/block-kit/blocks/data-table-block */
export const checkDataTable = (place: Place, block: Json): void => {
  onlyFields(place, block, ['type', 'block_id', 'rows', 'caption', 'page_size', 'row_header_column_index'])
  stringIn(place, block, 'caption', { max: Number.POSITIVE_INFINITY, min: 1, required: true })
  integerIn(place, block, 'page_size', { min: 1, max: 100 })
  integerIn(place, block, 'row_header_column_index', { min: 0, max: 19 })
  checkRows(place, block, { min: 2, max: 101 })
  const header = Array.isArray(block['rows']) ? block['rows'][0] : undefined
  if (Array.isArray(header) && header.some((cell) => isObject(cell) && cell['type'] === 'rich_text'))
    fault(inside(inside(place, 'rows'), 0), 'rich_text cannot be used in the header')
}

/** At most 100 rows. https://docs.slack.dev/reference/block-kit/blocks/table-block */
export const checkTable = (place: Place, block: Json): void => {
  onlyFields(place, block, ['type', 'block_id', 'rows', 'column_settings'])
  if (block['column_settings'] !== undefined) listAt(inside(place, 'column_settings'), block['column_settings'], 0, 20)
  checkRows(place, block, { min: 1, max: 100 })
}

const checkRows = (place: Place, block: Json, count: { min: number; max: number }): void => {
  const rowsPlace = inside(place, 'rows')
  const rows = listAt(rowsPlace, block['rows'], count.min, count.max)
  const widths = new Set<number>()
  for (const [index, row] of rows.entries()) {
    const cells = listAt(inside(rowsPlace, index), row, 1, 20)
    widths.add(cells.length)
    for (const [column, cell] of cells.entries()) checkCell(inside(inside(rowsPlace, index), column), cell)
  }
  if (widths.size > 1) fault(rowsPlace, 'all rows must have the same number of cells')
  if (charactersOf(rows) > 10_000) fault(rowsPlace, 'no more than 10000 characters allowed in a table')
}

const checkCell = (place: Place, value: unknown): void => {
  const cell = objectAt(place, value)
  if (!cell) return
  choiceIn(place, cell, 'type', { of: ['raw_text', 'raw_number', 'rich_text'], required: true })
  if (cell['type'] === 'rich_text') checkRichText(place, cell)
  else stringIn(place, cell, 'text', { max: Number.POSITIVE_INFINITY, min: 1, required: true })
  if (cell['type'] === 'raw_number' && typeof cell['value'] !== 'number') fault(place, 'missing required field: value')
}

const charactersOf = (value: unknown): number => {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + charactersOf(item), 0)
  if (!isObject(value)) return 0
  const own = typeof value['text'] === 'string' ? value['text'].length : 0
  return own + charactersOf(value['elements'])
}
