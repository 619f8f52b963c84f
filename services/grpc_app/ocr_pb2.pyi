from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Options(_message.Message):
    __slots__ = ("threshold", "mode", "granularity", "decoder", "pages", "pdf_text", "pictures")
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    GRANULARITY_FIELD_NUMBER: _ClassVar[int]
    DECODER_FIELD_NUMBER: _ClassVar[int]
    PAGES_FIELD_NUMBER: _ClassVar[int]
    PDF_TEXT_FIELD_NUMBER: _ClassVar[int]
    PICTURES_FIELD_NUMBER: _ClassVar[int]
    threshold: str
    mode: str
    granularity: str
    decoder: str
    pages: str
    pdf_text: str
    pictures: str
    def __init__(self, threshold: _Optional[str] = ..., mode: _Optional[str] = ..., granularity: _Optional[str] = ..., decoder: _Optional[str] = ..., pages: _Optional[str] = ..., pdf_text: _Optional[str] = ..., pictures: _Optional[str] = ...) -> None: ...

class ReadRequest(_message.Message):
    __slots__ = ("image", "options", "format")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    image: bytes
    options: Options
    format: str
    def __init__(self, image: _Optional[bytes] = ..., options: _Optional[_Union[Options, _Mapping]] = ..., format: _Optional[str] = ...) -> None: ...

class ReadResponse(_message.Message):
    __slots__ = ("page", "document", "file")
    PAGE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    page: Page
    document: Document
    file: File
    def __init__(self, page: _Optional[_Union[Page, _Mapping]] = ..., document: _Optional[_Union[Document, _Mapping]] = ..., file: _Optional[_Union[File, _Mapping]] = ...) -> None: ...

class ReadStreamRequest(_message.Message):
    __slots__ = ("images", "options")
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    images: _containers.RepeatedScalarFieldContainer[bytes]
    options: Options
    def __init__(self, images: _Optional[_Iterable[bytes]] = ..., options: _Optional[_Union[Options, _Mapping]] = ...) -> None: ...

class ReadStreamResponse(_message.Message):
    __slots__ = ("file", "files", "page", "line", "done", "error", "unread", "page_number")
    FILE_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    UNREAD_FIELD_NUMBER: _ClassVar[int]
    PAGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    file: int
    files: int
    page: PageFound
    line: Line
    done: ReadResponse
    error: Failure
    unread: UnreadPage
    page_number: int
    def __init__(self, file: _Optional[int] = ..., files: _Optional[int] = ..., page: _Optional[_Union[PageFound, _Mapping]] = ..., line: _Optional[_Union[Line, _Mapping]] = ..., done: _Optional[_Union[ReadResponse, _Mapping]] = ..., error: _Optional[_Union[Failure, _Mapping]] = ..., unread: _Optional[_Union[UnreadPage, _Mapping]] = ..., page_number: _Optional[int] = ...) -> None: ...

class File(_message.Message):
    __slots__ = ("media_type", "content", "unread_pages")
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    UNREAD_PAGES_FIELD_NUMBER: _ClassVar[int]
    media_type: str
    content: bytes
    unread_pages: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, media_type: _Optional[str] = ..., content: _Optional[bytes] = ..., unread_pages: _Optional[_Iterable[int]] = ...) -> None: ...

class Document(_message.Message):
    __slots__ = ("text", "pages", "page_count", "model", "timings_ms", "warnings", "unread")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PAGES_FIELD_NUMBER: _ClassVar[int]
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_MS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    UNREAD_FIELD_NUMBER: _ClassVar[int]
    text: str
    pages: _containers.RepeatedCompositeFieldContainer[Page]
    page_count: int
    model: str
    timings_ms: Timings
    warnings: _containers.RepeatedScalarFieldContainer[str]
    unread: _containers.RepeatedCompositeFieldContainer[UnreadPage]
    def __init__(self, text: _Optional[str] = ..., pages: _Optional[_Iterable[_Union[Page, _Mapping]]] = ..., page_count: _Optional[int] = ..., model: _Optional[str] = ..., timings_ms: _Optional[_Union[Timings, _Mapping]] = ..., warnings: _Optional[_Iterable[str]] = ..., unread: _Optional[_Iterable[_Union[UnreadPage, _Mapping]]] = ...) -> None: ...

class UnreadPage(_message.Message):
    __slots__ = ("page", "error", "code")
    PAGE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    page: int
    error: str
    code: str
    def __init__(self, page: _Optional[int] = ..., error: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class Page(_message.Message):
    __slots__ = ("text", "results", "image", "model", "timings_ms", "warnings", "number", "warning_details")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_MS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    WARNING_DETAILS_FIELD_NUMBER: _ClassVar[int]
    text: str
    results: _containers.RepeatedCompositeFieldContainer[Line]
    image: Size
    model: str
    timings_ms: Timings
    warnings: _containers.RepeatedScalarFieldContainer[str]
    number: int
    warning_details: _containers.RepeatedCompositeFieldContainer[WarningDetail]
    def __init__(self, text: _Optional[str] = ..., results: _Optional[_Iterable[_Union[Line, _Mapping]]] = ..., image: _Optional[_Union[Size, _Mapping]] = ..., model: _Optional[str] = ..., timings_ms: _Optional[_Union[Timings, _Mapping]] = ..., warnings: _Optional[_Iterable[str]] = ..., number: _Optional[int] = ..., warning_details: _Optional[_Iterable[_Union[WarningDetail, _Mapping]]] = ...) -> None: ...

class WarningDetail(_message.Message):
    __slots__ = ("code", "values")
    CODE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    code: str
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, code: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...

class Line(_message.Message):
    __slots__ = ("text", "place", "confidence", "words", "characters")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    CHARACTERS_FIELD_NUMBER: _ClassVar[int]
    text: str
    place: Place
    confidence: float
    words: _containers.RepeatedCompositeFieldContainer[Span]
    characters: _containers.RepeatedCompositeFieldContainer[Span]
    def __init__(self, text: _Optional[str] = ..., place: _Optional[_Union[Place, _Mapping]] = ..., confidence: _Optional[float] = ..., words: _Optional[_Iterable[_Union[Span, _Mapping]]] = ..., characters: _Optional[_Iterable[_Union[Span, _Mapping]]] = ...) -> None: ...

class Span(_message.Message):
    __slots__ = ("text", "start", "place", "confidence")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    text: str
    start: int
    place: Place
    confidence: float
    def __init__(self, text: _Optional[str] = ..., start: _Optional[int] = ..., place: _Optional[_Union[Place, _Mapping]] = ..., confidence: _Optional[float] = ...) -> None: ...

class Place(_message.Message):
    __slots__ = ("bbox", "polygon")
    BBOX_FIELD_NUMBER: _ClassVar[int]
    POLYGON_FIELD_NUMBER: _ClassVar[int]
    bbox: _containers.RepeatedScalarFieldContainer[int]
    polygon: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, bbox: _Optional[_Iterable[int]] = ..., polygon: _Optional[_Iterable[int]] = ...) -> None: ...

class Size(_message.Message):
    __slots__ = ("width", "height")
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class Timings(_message.Message):
    __slots__ = ("decode", "detect", "recognize", "total")
    DECODE_FIELD_NUMBER: _ClassVar[int]
    DETECT_FIELD_NUMBER: _ClassVar[int]
    RECOGNIZE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    decode: float
    detect: float
    recognize: float
    total: float
    def __init__(self, decode: _Optional[float] = ..., detect: _Optional[float] = ..., recognize: _Optional[float] = ..., total: _Optional[float] = ...) -> None: ...

class PageFound(_message.Message):
    __slots__ = ("image", "lines")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    image: Size
    lines: int
    def __init__(self, image: _Optional[_Union[Size, _Mapping]] = ..., lines: _Optional[int] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("status", "code", "error")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    status: int
    code: str
    error: str
    def __init__(self, status: _Optional[int] = ..., code: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...
