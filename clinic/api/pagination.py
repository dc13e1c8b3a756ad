from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """Numbered pages. Views order by something unique last, so that no row shows on two pages or on none."""

    page_size = 25
    max_page_size = 100
    page_size_query_param = "page_size"
