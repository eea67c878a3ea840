"""The map's tiles under the addresses of OGC API – Tiles."""

from __future__ import annotations

import gzip
from typing import Any

from pygeoapi.models.provider.base import LinkType, TileSetMetadata
from pygeoapi.provider.base import ProviderConnectionError
from pygeoapi.provider.base_mvt import BaseMVTProvider
from pygeoapi.provider.tile import ProviderTileNotFoundError, ProviderTilesetIdNotFoundError

from greenrule.core.tongue import said

SCHEME = "WebMercatorQuad"


class LayerTiles(BaseMVTProvider):
    """The tiles of one map layer; `data` is {layer: TileLayer}."""

    def get_layer(self) -> str:
        """The layer's name inside its tiles."""
        return str(self.data["layer"].id)

    def get_fields(self) -> dict[str, Any]:
        """Attributes are told by the features of the collection."""
        return {}

    def get_tiles_service(self, baseurl: str | None = None, servicepath: str | None = None, dirpath: str | None = None,
                          tile_type: str | None = None) -> dict[str, Any]:  # fmt: skip
        """Where the tiles are."""
        self._service_url = servicepath
        return {"links": [
            {"type": self.mimetype, "rel": "item", "title": said("矢量瓦片"), "href": servicepath},
        ]}  # fmt: skip

    def get_tiles(self, layer: str | None = None, tileset: str | None = None, z: Any = None, y: Any = None, x: Any = None,
                  format_: str | None = None) -> bytes | None:  # fmt: skip
        """One tile, None where the layer has nothing."""
        from greenrule.web.tiles import archive_of

        if tileset != SCHEME:
            raise ProviderTilesetIdNotFoundError
        if not all(str(part).isascii() and str(part).isdigit() and len(str(part)) < 10 for part in (z, y, x)):
            raise ProviderTileNotFoundError
        level, row, column = int(z), int(y), int(x)
        if level > 24 or row >= 1 << level or column >= 1 << level:
            raise ProviderTileNotFoundError
        archive = archive_of(self.data["layer"])
        if archive is None:
            raise ProviderConnectionError("tiles are being made")
        body = archive.tile(level, column, row)
        return None if body is None else gzip.decompress(body)

    def get_default_metadata(self, dataset: str, server_url: str, layer: str, tileset: str, title: str, description: str,
                             keywords: Any, **rest: Any) -> dict[str, Any]:  # fmt: skip
        """What a tile set is: its scheme and its address."""
        scheme = next((item for item in self.get_tiling_schemes() if item.tileMatrixSet == tileset), None)
        if scheme is None:
            raise ProviderTilesetIdNotFoundError
        address = f"{server_url}/collections/{dataset}/tiles/{tileset}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}?f=mvt"
        told = TileSetMetadata(title=title, description=description, keywords=keywords, crs=scheme.crs,
                               tileMatrixSetURI=scheme.tileMatrixSetURI)  # fmt: skip
        told.links = [
            LinkType(href=f"{server_url}/TileMatrixSets/{tileset}", rel="http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme",
                     type_="application/json", title=tileset),
            LinkType(href=address, rel="item", type_=self.mimetype, title=said("矢量瓦片")),
        ]  # fmt: skip
        return dict(told.model_dump(exclude_none=True))
