"""CKAN's action API: packages, resources and the datastore. The connector decides what is asked for."""
