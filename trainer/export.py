def export_bundle(*a): pass
