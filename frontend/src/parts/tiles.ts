/** What the server has to draw: its own vector layers, and the national base map where a key is set. */
import type { FeatureCollection } from 'geojson'
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl'
import { get } from './api'

/** One layer as `/tiles/layers.json` tells it. */
export interface TileLayer {
  id: string
  title: string
  geometry: 'point' | 'line' | 'area' | 'any' | string
  tiles: string
  source_layer: string
  minzoom: number
  maxzoom: number
  bounds: [number, number, number, number]
  fields: { name: string; label: string }[]
  words: Record<string, Record<string, string>>
  demo: boolean
  source: string
}
export interface UnitClass {
  class: string
  label: string
  fill: string
  stroke: string
}
export interface TileList {
  layers: TileLayer[]
  classes: UnitClass[]
  notices: string[]
}

const ROW = ['#7b4ea3', '#1f78a4', '#a0522d', '#00796b', '#ad1457', '#5c6bc0', '#6d6d00', '#37474f']
const FACE = ['sans-serif']
const AREAS = new Set(['county', 'city', 'province'])

export const EMPTY: StyleSpecification = {
  version: 8,
  sources: {},
  layers: [{ id: 'ground', type: 'background', paint: { 'background-color': '#f4f6f3' } }],
}

export async function tileList(): Promise<TileList> {
  const answer = await fetch('/tiles/layers.json', { headers: { Accept: 'application/json' } })
  if (!answer.ok) throw new Error(String(answer.status))
  return (await answer.json()) as TileList
}

/** Whether a layer is a base for reading the map (borders, names) and not something one asks about. */
export function ground(layer: TileLayer): boolean {
  return layer.id === 'borders' || AREAS.has(layer.id)
}

export function colour(layer: TileLayer, at: number): string {
  if (ground(layer)) return '#44504a'
  if (layer.id === 'control_unit') return '#5b6a62'
  return ROW[at % ROW.length] ?? '#37474f'
}

/** How a layer is drawn; the ids begin with the id of the layer. */
export function drawn(layer: TileLayer, at: number, classes: UnitClass[]): LayerSpecification[] {
  const base = { source: layer.id, 'source-layer': layer.source_layer } as const
  const own = colour(layer, at)
  if (layer.id === 'borders') {
    const wide = ['match', ['get', 'level'], 'province', 2.6, 'city', 1.8, 1]
    return [{ id: 'borders:line', type: 'line', ...base, paint: { 'line-color': own, 'line-width': wide as unknown as number, 'line-dasharray': [4, 2], 'line-opacity': 0.8 } }]
  }
  // The borders layer draws each border once, and names of areas are written at one point each: nothing is left to draw here.
  if (ground(layer)) return []
  const label: LayerSpecification = {
    id: `${layer.id}:label`,
    type: 'symbol',
    ...base,
    minzoom: 10.5,
    layout: {
      'text-field': ['to-string', ['coalesce', ['get', 'name'], '']],
      'text-font': FACE,
      'text-size': 12,
      'text-max-width': 8,
      'text-padding': 30,
    },
    paint: { 'text-color': own, 'text-halo-color': '#ffffff', 'text-halo-width': 1.6 },
  }
  const paint = ['match', ['get', 'class'], ...classes.flatMap((one) => [one.class, one.fill]), '#8a948e'] as unknown as string
  const fills = layer.id === 'control_unit' && classes.length ? paint : own
  return [
    { id: `${layer.id}:fill`, type: 'fill', ...base, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': fills, 'fill-opacity': layer.id === 'control_unit' ? 0.75 : 0.25 } },
    { id: `${layer.id}:line`, type: 'line', ...base, filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': own, 'line-width': ['interpolate', ['linear'], ['zoom'], 6, 0.5, 14, 2] } },
    { id: `${layer.id}:point`, type: 'circle', ...base, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-color': own, 'circle-radius': 5, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 1.5 } },
    label,
  ]
}

/** Names of cities and counties, each written once; the tiles would write them once in every tile. */
export async function mapNames(): Promise<FeatureCollection> {
  const { items } = await get<{ items: { kind: string; name: string; point: [number, number] }[] }>('/places/names')
  return {
    type: 'FeatureCollection',
    features: items.map((one) => ({
      type: 'Feature',
      properties: { kind: one.kind, name: one.name },
      geometry: { type: 'Point', coordinates: one.point },
    })),
  }
}

export function namesDrawn(): LayerSpecification[] {
  const words = (kind: string, from: number, to: number, size: number): LayerSpecification => ({
    id: `names:${kind}`,
    type: 'symbol',
    source: 'names',
    minzoom: from,
    maxzoom: to,
    filter: ['==', ['get', 'kind'], kind],
    layout: { 'text-field': ['get', 'name'], 'text-font': FACE, 'text-size': size },
    paint: { 'text-color': '#1c2621', 'text-halo-color': '#ffffff', 'text-halo-width': 1.8 },
  })
  return [words('city', 4.5, 9, 15), words('county', 7.5, 24, 13)]
}

/** Key of the national base map (天地图), set by whoever runs the server; without it there is none. */
export function tiandituKey(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="greenrule-tianditu"]')?.content ?? ''
}

/** Tiles of the national base map and of its labels. */
export function tianditu(kind: 'vector' | 'image', key: string): string[][] {
  const names = kind === 'vector' ? ['vec', 'cva'] : ['img', 'cia']
  return names.map((name) =>
    [0, 1, 2, 3].map(
      (host) =>
        `https://t${host}.tianditu.gov.cn/${name}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${name}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=${encodeURIComponent(key)}`,
    ),
  )
}
