"""The OpenAPI document."""

from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import IsAuthenticated


class SchemaView(SpectacularAPIView):
    """Says nothing of any organization, but is for signed-in people like all else."""

    permission_classes = [IsAuthenticated]
    schema = None
