-- 0036: a permission to feature versions.
-- Lock: none that anybody waits for.
-- depends: 0033_search_hours

INSERT INTO auth.auth_permission (name, content_type_id, codename)
SELECT 'Feature versions', id, 'feature_versions'
FROM auth.django_content_type
WHERE (app_label, model) = ('crashstats', 'crash');

INSERT INTO auth.auth_group_permissions (group_id, permission_id)
SELECT auth_group.id, auth_permission.id
FROM auth.auth_group CROSS JOIN auth.auth_permission
WHERE auth_group.name = 'Hackers Plus' AND codename = 'feature_versions';

COMMENT ON COLUMN product_versions.featured IS 'Set by people, with PUT /api/Versions/.';
